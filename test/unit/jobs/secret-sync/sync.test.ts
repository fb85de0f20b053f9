import { expect } from "chai";
import fc from "fast-check";
import { linesOf, summaryOf } from "../../../../jobs/secret-sync/report.js";
import type { SyncRun } from "../../../../jobs/secret-sync/sync.js";
import { exitCodeOf } from "../../../../jobs/secret-sync/sync.js";
import type { Fault } from "../../../support/faultProxy.js";
import { StubWorld } from "../../../support/secretSync/world.js";

const told = (run: SyncRun) => [...linesOf(run), JSON.stringify(summaryOf(run))].join("\n");

describe("the secret sync", () => {
    let world: StubWorld;
    beforeEach(async () => {
        world = await StubWorld.start();
    });
    afterEach(() => world.stop());

    const many = (count: number, value = "v") =>
        Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${String(i).padStart(4, "0")}`, `${value}${i}`]));

    it("costs one login, one read a path, one page a started fifty and no write when nothing changed", async () => {
        world.holds(many(101));
        expect(exitCodeOf(await world.sync())).to.equal(0);
        expect(world.toWoodpecker.writes).to.have.lengthOf(101);
        expect(exitCodeOf(await world.sync())).to.equal(0);
        expect(world.toVault.requests.map(({ method, path }) => `${method} ${path}`)).to.deep.equal([
            "POST /v1/auth/kubernetes/login",
            "GET /v1/secret/data/ci/secret-sync",
            "GET /v1/secret/data/ci/global",
            "POST /v1/auth/token/revoke-self",
        ]);
        expect(world.toWoodpecker.requests.map(({ method, path }) => `${method} ${path}`)).to.deep.equal(
            [1, 2, 3].map((page) => `GET /api/secrets?page=${page}&perPage=50`),
        );
    });

    it("writes one secret when one changed, and removes one when one was removed", async () => {
        world.holds(many(60));
        await world.sync();
        const { s0003: _, ...rest } = many(60);
        world.holds({ ...rest, s0005: "new" });
        expect(exitCodeOf(await world.sync({ mode: "plan" }))).to.equal(2);
        expect(world.toWoodpecker.writes).to.deep.equal([]);
        expect(exitCodeOf(await world.sync())).to.equal(0);
        expect(world.toWoodpecker.writes).to.deep.equal(["PATCH /api/secrets/s0005", "DELETE /api/secrets/s0003"]);
        expect(world.woodpecker.secret("s0005")?.value).to.equal("new");
        expect(exitCodeOf(await world.sync({ mode: "plan" }))).to.equal(0);
    });

    it("brings every name and value over as it is, up to 64 KiB", async () => {
        const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.%+?&# -]{0,20}[A-Za-z0-9]$/);
        const value = fc
            .string({ unit: "binary", minLength: 1, maxLength: 60 })
            .filter((text) => !/\p{Cs}/u.test(text));
        const pair = fc.tuple(name, value);
        const pairs = fc.uniqueArray(pair, { minLength: 30, maxLength: 40, selector: ([key]) => key.toLowerCase() });
        const pem = `-----BEGIN KEY-----\n${"0123456789abcde\n".repeat(4093)}-----END KEY-----\n\n`;
        await fc.assert(
            fc.asyncProperty(pairs, async (drawn) => {
                const data = { ...Object.fromEntries(drawn), "big.pem": pem.slice(-65_536) };
                world.holds(data);
                expect(exitCodeOf(await world.sync({ pruneLimit: { percent: 100 } }))).to.equal(0);
                const stored = world.woodpecker.places.get("/secrets") ?? [];
                expect(Object.fromEntries(stored.map((secret) => [secret.name, secret.value]))).to.deep.equal(data);
            }),
            { numRuns: 3, endOnFailure: true },
        );
    });

    it("keeps the digits of numbers that JavaScript cannot hold, where the mapping asks for JSON", async () => {
        world.vault.put("ci/global", '{"id":12345678901234567890,"f":1.10,"m":{"z":10000000000000000000001}}');
        const run = await world.sync({}, { entries: [{ path: "ci/global", json: true }] });
        expect(exitCodeOf(run)).to.equal(0);
        expect(world.woodpecker.secret("id")?.value).to.equal("12345678901234567890");
        expect(world.woodpecker.secret("m")?.value).to.equal('{"z":10000000000000000000001}');
        expect(told(await world.sync())).to.contain("is a number, not text");
    });

    it("writes to organisations and repositories, and empties those that are no longer wanted", async () => {
        world.holds({ one: "1" });
        const organization = { organization: "acme" } as const;
        const repository = { repository: "acme/website" } as const;
        const entries = [organization, repository].map((target) => ({ path: "ci/global", target }));
        expect(exitCodeOf(await world.sync({}, { entries }))).to.equal(0);
        expect(world.woodpecker.secret("one", "/orgs/3/secrets")?.value).to.equal("1");
        expect(world.woodpecker.secret("one", "/repos/1/secrets")?.value).to.equal("1");
        await world.sync({}, { entries: [{ path: "ci/global", target: organization }], emptied: [repository] });
        expect(world.woodpecker.secret("one", "/repos/1/secrets")).to.equal(undefined);
        expect(world.woodpecker.secret("one", "/orgs/3/secrets")?.value).to.equal("1");
    });

    it("names a target that is not there and sees to the others", async () => {
        world.holds({ one: "1" });
        const entries = [{ path: "ci/global", target: { repository: "acme/gone" } }, { path: "ci/global" }];
        const run = await world.sync({}, { entries });
        expect(exitCodeOf(run)).to.equal(1);
        expect(told(run)).to.contain("repository acme/gone: does not exist in Woodpecker");
        expect(world.woodpecker.secret("one")?.value).to.equal("1");
    });

    describe("changes nothing and ends with 1", () => {
        beforeEach(async () => {
            world.holds(many(60));
            await world.sync();
            world.holds(many(60, "other"));
        });
        const refuses = async (words: RegExp, changes: Parameters<StubWorld["sync"]>[0] = {}) => {
            const before = JSON.stringify([...world.woodpecker.places]);
            const run = await world.sync(changes);
            expect(exitCodeOf(run)).to.equal(1);
            expect(told(run)).to.match(words);
            expect(world.toWoodpecker.writes).to.deep.equal([]);
            expect(JSON.stringify([...world.woodpecker.places])).to.equal(before);
        };
        const vaultPath = "/v1/secret/data/ci/global";

        it("when Vault is sealed", async () => {
            world.vault.sealed = true;
            await refuses(/503 Vault is sealed/);
        });
        it("when the secret has no keys", async () => {
            world.holds({});
            await refuses(/secret\/ci\/global: has no keys/);
        });
        it("when the secret was deleted", async () => {
            world.vault.delete("ci/global");
            await refuses(/secret\/ci\/global: version 2 was deleted/);
        });
        it("when there is no such path", async () => {
            const run = await world.sync({}, { entries: [{ path: "ci/global" }, { path: "ci/nothing" }] });
            expect(exitCodeOf(run)).to.equal(1);
            expect(told(run)).to.contain("secret/ci/nothing: there is no such secret");
            expect(world.toWoodpecker.writes).to.deep.equal([]);
        });
        it("when the store is of version 1", async () => {
            world.vault.kvVersion = 1;
            await refuses(/secret: is a KV store of version 1; version 2 is needed/);
        });
        it("when the login is refused", async () => {
            const { vault } = world.settings();
            const credential = { mount: "kubernetes", role: "secret-sync", jwt: "expired-token-of-yesterday" };
            await refuses(/auth\/kubernetes\/login: 403 permission denied; check role "secret-sync"/, {
                vault: { ...vault, credential },
            });
        });
        it("when the token expires on the way", async () => {
            world.toVault.rule = ({ path }) => {
                if (path === vaultPath) world.vault.tokens.clear();
                return undefined;
            };
            await refuses(/403 permission denied; check the policy for secret\/data\/ci\/global/);
        });
        it("when Woodpecker's token is not accepted", async () => {
            await refuses(/401: User not authorized/, {
                woodpecker: { server: world.toWoodpecker.url, token: "another-token-altogether" },
            });
        });
        it("when removals go past the limit", async () => {
            world.holds({ s0000: "v0" });
            await refuses(/59 of the 60 secrets it owns would be removed, and PRUNE_LIMIT 10 allows 10/);
        });

        const html = {
            status: 200,
            body: "<!doctype html><title>Sign in</title>",
            headers: { "content-type": "text/html" },
        };
        const faults: readonly [string, Fault, RegExp][] = [
            ["an HTML page", html, /an HTML page|not Vault's/],
            [
                "a redirect to a login",
                { status: 302, headers: { location: "https://login.example.org/?secret=1" } },
                /redirect/,
            ],
            ["half an answer", "cut inside", /broke off|no answer/],
            ["no answer", "cut before", /closed|reset|hang up/i],
            ["500 without end", { status: 500, body: "trouble" }, /500/],
            ["429 without end", { status: 429, body: "slow down" }, /429/],
        ];
        for (const [what, fault, words] of faults) {
            it(`when Vault gives ${what}`, async () => {
                world.toVault.rule = ({ path }) => (path === vaultPath ? fault : undefined);
                await refuses(words);
            });
            it(`when Woodpecker gives ${what} instead of its second page`, async () => {
                world.toWoodpecker.rule = ({ path }) => (path.includes("page=2") ? fault : undefined);
                await refuses(words);
            });
        }
        for (const [what, body] of [
            ["nothing", ""],
            ["an object", "{}"],
            ["other things", '["a"]'],
        ] as const) {
            it(`when a page of Woodpecker is ${what}`, async () => {
                world.toWoodpecker.rule = ({ path }) => (path.includes("page=1") ? { status: 200, body } : undefined);
                await refuses(/secrets/);
            });
        }
        it("when an answer takes longer than the run has", async () => {
            world.toWoodpecker.rule = ({ path }) => (path.includes("page=2") ? { delayMs: 3000 } : undefined);
            const started = Date.now();
            await refuses(/ended early|interrupted/, { deadlineSeconds: 1 });
            expect(Date.now() - started).to.be.lessThan(2500);
        });
    });

    it("goes on after trouble that passes", async () => {
        world.holds(many(3));
        const passing: Fault[] = [
            { status: 503, body: "starting" },
            "cut before",
            { status: 429, headers: { "retry-after": "0" } },
        ];
        world.toVault.rule = (_request, earlier) => passing[earlier];
        world.toWoodpecker.rule = (_request, earlier) => passing[earlier];
        expect(exitCodeOf(await world.sync())).to.equal(0);
        expect(world.woodpecker.places.get("/secrets")).to.have.lengthOf(3);
    });

    it("knows its own secret again when the answer to its creation got lost", async () => {
        world.holds(many(2));
        world.toWoodpecker.rule = ({ method }, earlier) =>
            method === "POST" && earlier === 0 ? "cut after" : undefined;
        const run = await world.sync();
        expect(told(run)).to.not.contain("!");
        expect(exitCodeOf(run)).to.equal(0);
    });

    it("does not try again what was refused", async () => {
        world.holds({ ok: "1", refused: "2" });
        world.toWoodpecker.rule = ({ body }) =>
            body.includes('"refused"') ? { status: 422, body: "invalid" } : undefined;
        const run = await world.sync();
        expect(exitCodeOf(run)).to.equal(1);
        expect(world.toWoodpecker.writes).to.deep.equal(["POST /api/secrets", "POST /api/secrets"]);
    });

    it("stops when Woodpecker is gone instead of waiting once for each secret", async () => {
        world.holds(many(40));
        world.toWoodpecker.rule = ({ method }) => (method === "POST" ? { status: 503, body: "down" } : undefined);
        const run = await world.sync();
        expect(run.applied?.stopped).to.equal("Woodpecker does not answer: 37 writes were not tried");
        expect(exitCodeOf(run)).to.equal(1);
    });

    it("stops at its deadline between two writes and gives its token back", async () => {
        world.holds(many(200));
        world.toWoodpecker.rule = ({ method }) => (method === "POST" ? { delayMs: 50 } : undefined);
        const run = await world.sync({ deadlineSeconds: 1 });
        expect(run.applied?.stopped).to.match(/no time left: \d+ writes were not tried/);
        expect(exitCodeOf(run)).to.equal(1);
        expect([...world.vault.tokens]).to.deep.equal([world.vault.root]);
    });

    it("refuses a server that keeps no notes, and leaves nothing there it could not recognise", async () => {
        world.woodpecker.notes = false;
        world.holds(many(3));
        const run = await world.sync();
        expect(told(run)).to.contain("secret-sync needs Woodpecker 3.13 or later");
        expect(exitCodeOf(run)).to.equal(1);
        expect(world.woodpecker.places.get("/secrets")).to.deep.equal([]);
    });

    it("notices a change that the server answered 200 to and did not take", async () => {
        world.holds({ one: "1" });
        await world.sync();
        const old = JSON.stringify({ id: 1, ...world.woodpecker.secret("one"), value: undefined });
        world.holds({ one: "2" });
        world.toWoodpecker.rule = ({ method }) => (method === "PATCH" ? { status: 200, body: old } : undefined);
        const run = await world.sync();
        expect(exitCodeOf(run)).to.equal(1);
        expect(told(run)).to.contain("the server answered 200 and has not taken it over");
    });

    it("leaves a token alone that it was given", async () => {
        world.holds({ one: "1" });
        const { vault } = world.settings();
        const run = await world.sync({ vault: { ...vault, credential: { token: world.vault.root } } });
        expect(exitCodeOf(run)).to.equal(0);
        expect(world.vault.revoked).to.deep.equal([]);
    });
});
