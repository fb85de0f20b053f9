import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { syncAlertRules } from "../../../../components/woodpecker/syncAlertRules.js";
import { syncCronJobSpec } from "../../../../components/woodpecker/syncCronJob.js";
import { syncRules } from "../../../../components/woodpecker/syncPolicy.js";
import { images } from "../../../../config/images.js";
import { parseSettings } from "../../../../config/parse.js";
import { gaugesOf, linesOf, summaryOf } from "../../../../jobs/secret-sync/report.js";
import { exitCodeOf, type SyncRun } from "../../../../jobs/secret-sync/sync.js";
import { HttpStub } from "../../../support/httpStub.js";
import { startSync } from "../../../support/secretSync/program.js";
import { StubWorld } from "../../../support/secretSync/world.js";
import { rawSettings } from "../../../support/settings.js";
import { waitFor } from "../../../support/waitFor.js";

const told = (run: SyncRun) => [...linesOf(run), JSON.stringify(summaryOf(run))].join("\n");

function declared() {
    const sync = parseSettings(rawSettings({ apps: {}, secretSync: {} })).secretSync;
    if (!sync) throw new Error("no sync");
    const spec = syncCronJobSpec({ sync, image: images.parse({}).node, programHash: "abc" });
    return { sync, pod: spec.jobTemplate.spec.template.spec };
}

/** Environment of the program itself, for a run on the stubs. */
function environmentOf(world: StubWorld, directory: string): Record<string, string> {
    writeFileSync(join(directory, "jwt"), `${world.vault.jwt}\n`, { mode: 0o600 });
    return {
        MODE: "apply",
        VAULT_ADDR: world.toVault.url,
        VAULT_JWT_FILE: join(directory, "jwt"),
        WOODPECKER_SERVER: world.toWoodpecker.url,
        WOODPECKER_TOKEN_PATH: "ci/secret-sync#woodpecker-token",
        FINGERPRINT_KEY_PATH: "ci/secret-sync#fingerprint-key",
        INSTANCE: world.owner,
    };
}

/** The defects of the script that was in use before, by their numbers. */
const defects: Readonly<Record<number, readonly [string, (world: StubWorld) => Promise<void>]>> = {
    1: [
        "quotes, backslashes, newlines and keys arrive as they are",
        async (world) => {
            const data = {
                quoted: 'say "hi"\\n',
                key: "-----BEGIN KEY-----\nAA==\n-----END KEY-----\n",
                uni: "\u00fc\u{1f511}\u0001",
            };
            world.holds(data);
            expect(exitCodeOf(await world.sync())).to.equal(0);
            for (const [name, value] of Object.entries(data))
                expect(world.woodpecker.secret(name)?.value).to.equal(value);
        },
    ],
    2: [
        "newlines at the end stay",
        async (world) => {
            world.holds({ key: "line\n\n\n" });
            await world.sync();
            expect(world.woodpecker.secret("key")?.value).to.equal("line\n\n\n");
        },
    ],
    3: [
        "a value that is no text is an error of that name, not JSON text",
        async (world) => {
            world.holds({ good: "1", bad: { a: 1 } });
            const run = await world.sync();
            expect(exitCodeOf(run)).to.equal(1);
            expect(told(run)).to.contain('global \\"bad\\"').and.to.contain("is an object, not text");
            expect(world.woodpecker.places.get("/secrets")?.map(({ name }) => name)).to.deep.equal(["good"]);
        },
    ],
    4: [
        "one failure does not keep the others from theirs",
        async (world) => {
            world.holds({ a: "1", b: "2", c: "3" });
            world.toWoodpecker.rule = ({ body }) => (body.includes('"b"') ? { status: 422, body: "no" } : undefined);
            const run = await world.sync();
            expect(exitCodeOf(run)).to.equal(1);
            expect(run.applied?.failures.map(({ name }) => name)).to.deep.equal(["b"]);
            expect(world.woodpecker.places.get("/secrets")?.map(({ name }) => name)).to.deep.equal(["a", "c"]);
        },
    ],
    5: [
        "a read of Vault that fails is no empty list",
        async (world) => {
            world.holds({ a: "1" });
            await world.sync();
            world.toVault.rule = ({ path }) => (path.endsWith("ci/global") ? { status: 500, body: "" } : undefined);
            const run = await world.sync();
            expect(exitCodeOf(run)).to.equal(1);
            expect(world.woodpecker.secret("a")).to.not.equal(undefined);
            expect(world.toWoodpecker.requests).to.deep.equal([]);
        },
    ],
    6: [
        "a 401 or 500 on a change is not taken for a missing secret",
        async (world) => {
            world.holds({ a: "1" });
            await world.sync();
            world.holds({ a: "2" });
            for (const status of [401, 403, 500]) {
                world.toWoodpecker.rule = ({ method }) => (method === "PATCH" ? { status, body: "no" } : undefined);
                expect(told(await world.sync())).to.contain(`change: Woodpecker answered ${status}: no`);
                expect(world.toWoodpecker.writes.every((write) => write === "PATCH /api/secrets/a")).to.equal(true);
            }
        },
    ],
    7: [
        "the real cause of a failed change is told, not a duplicate's",
        async (world) => {
            world.holds({ a: "1" });
            await world.sync();
            world.holds({ a: "2" });
            world.toWoodpecker.rule = ({ method }) =>
                method === "PATCH" ? { status: 500, body: "database is locked" } : undefined;
            expect(told(await world.sync()))
                .to.contain("500: database is locked")
                .and.to.not.contain("duplicate");
        },
    ],
    8: [
        "no secret is in argv, nor in the environment",
        async (world) => {
            world.holds({ a: "a-value-that-is-secret" });
            world.toWoodpecker.rule = () => ({ delayMs: 300 });
            await inDirectory(async (directory) => {
                const { child, end } = startSync(environmentOf(world, directory));
                await waitFor("the first request", () => {
                    if (world.toWoodpecker.requests.length === 0) throw new Error("none yet");
                });
                const seen = ["cmdline", "environ"]
                    .map((file) => readFileSync(`/proc/${child.pid}/${file}`, "utf8"))
                    .join();
                for (const secret of [
                    "a-value-that-is-secret",
                    world.vault.jwt,
                    world.woodpecker.token,
                    world.fingerprintKey,
                ]) {
                    expect(seen).to.not.contain(secret);
                }
                expect((await end).code).to.equal(0);
            });
        },
    ],
    9: [
        "a key that is removed in Vault goes away in Woodpecker",
        async (world) => {
            world.holds({ a: "1", b: "2" });
            await world.sync();
            world.holds({ a: "1" });
            expect(exitCodeOf(await world.sync())).to.equal(0);
            expect(world.woodpecker.places.get("/secrets")?.map(({ name }) => name)).to.deep.equal(["a"]);
        },
    ],
    10: [
        "a plan says what would change and changes nothing, and what is right is not written again",
        async (world) => {
            world.holds({ a: "1", b: "2" });
            const plan = await world.sync({ mode: "plan" });
            expect([exitCodeOf(plan), world.toWoodpecker.writes.length]).to.deep.equal([2, 0]);
            expect(linesOf(plan)).to.deep.equal(['+ global "a": create, version 1', '+ global "b": create, version 1']);
            await world.sync();
            expect(exitCodeOf(await world.sync())).to.equal(0);
            expect(world.toWoodpecker.writes).to.deep.equal([]);
        },
    ],
    11: [
        "a flake is tried again",
        async (world) => {
            world.holds({ a: "1" });
            world.toWoodpecker.rule = (_request, earlier) => (earlier === 0 ? { status: 502, body: "" } : undefined);
            world.toVault.rule = (_request, earlier) => (earlier === 0 ? "cut before" : undefined);
            expect(exitCodeOf(await world.sync())).to.equal(0);
        },
    ],
    12: [
        "every run leaves metrics, and there are alerts on them",
        async (world) => {
            const gateway = await HttpStub.start();
            const route = "metrics/job/secret-sync/instance/test";
            gateway.on(`PUT /${route}`, { status: 200 }).on(`POST /${route}`, { status: 200 });
            world.holds({ a: "1" });
            await inDirectory(async (directory) => {
                const environment = { ...environmentOf(world, directory), PUSHGATEWAY_URL: gateway.url };
                expect((await startSync(environment).end).code).to.equal(0);
                world.vault.sealed = true;
                expect((await startSync({ ...environment, DEADLINE_SECONDS: "2" }).end).code).to.equal(1);
            });
            await gateway.stop();
            expect(gateway.requests.map(({ method }) => method)).to.deep.equal(["PUT", "POST"]);
            const [good = "", bad = ""] = gateway.requests.map(({ body }) => body);
            for (const name of [
                "last_success_timestamp_seconds",
                "managed",
                "created 1",
                "changed",
                "pruned",
                "failed 0",
                "success 1",
            ]) {
                expect(good).to.contain(`\nsecret_sync_${name}`);
            }
            expect(bad).to.contain("\nsecret_sync_success 0").and.to.not.contain("last_success");
            const names = syncAlertRules({ instance: "x", staleAfterSeconds: 1 }).groups[0]?.rules.map(
                ({ alert }) => alert,
            );
            expect(names).to.include.members(["SecretSyncFailing", "SecretSyncStale", "SecretSyncAbsent"]);
        },
    ],
    13: [
        "what is counted was confirmed by the server",
        async (world) => {
            world.holds({ a: "1", b: "2" });
            world.toWoodpecker.rule = ({ body }) => (body.includes('"b"') ? { status: 400, body: "no" } : undefined);
            const gauges = gaugesOf(await world.sync(), 0);
            const metric = (name: string) =>
                gauges.find((one) => one.name === `secret_sync_${name}`)?.samples[0]?.value;
            expect([metric("created"), metric("managed"), metric("failed")]).to.deep.equal([1, 1, 1]);
        },
    ],
    14: [
        "the Vault token is given back, also after a failure and when the pod is ended",
        async (world) => {
            world.holds({ a: "1" });
            await world.sync();
            world.holds({});
            expect(exitCodeOf(await world.sync())).to.equal(1);
            expect(world.vault.revoked).to.have.lengthOf(2);
            world.holds({ a: "3" });
            world.toWoodpecker.rule = () => ({ delayMs: 3000 });
            await inDirectory(async (directory) => {
                const { child, end } = startSync(environmentOf(world, directory));
                await waitFor("the first page", () => {
                    if (world.toWoodpecker.requests.length < 1) throw new Error("none yet");
                });
                child.kill("SIGTERM");
                expect((await end).code).to.equal(1);
            });
            expect(world.vault.revoked).to.have.lengthOf(3);
            expect([...world.vault.tokens]).to.deep.equal([world.vault.root]);
        },
    ],
    15: [
        "Woodpecker's token is on a path of its own",
        async () => {
            const { sync } = declared();
            expect(sync.mapping.entries.map(({ path }) => path)).to.not.include(sync.woodpeckerToken.path);
            expect(() =>
                parseSettings(
                    rawSettings({ apps: {}, secretSync: { woodpeckerToken: { path: "ci/global", key: "t" } } }),
                ),
            ).to.throw("keep it on a path of its own");
        },
    ],
    16: [
        "the role is of an account of its own, for exact paths",
        async () => {
            const { sync, pod } = declared();
            expect(pod.serviceAccountName).to.equal("secret-sync");
            expect(syncRules(sync).map(({ path }) => path)).to.deep.equal([
                "auth/token/revoke-self",
                "secret/data/ci/global",
                "secret/data/ci/secret-sync",
            ]);
        },
    ],
    17: [
        "events and images are set per secret, and never let in a foreign pull request unasked",
        async (world) => {
            world.holds({ a: "1", b: "2" });
            const entries = [
                { path: "ci/global", key: "a" },
                { path: "ci/global", key: "b", events: ["deployment" as const], images: ["plugins/slack"] },
            ];
            await world.sync({}, { entries });
            expect(world.woodpecker.secret("a")?.events).to.deep.equal(["cron", "deployment", "manual", "push", "tag"]);
            expect(world.woodpecker.secret("b")).to.deep.include({ events: ["deployment"], images: ["plugins/slack"] });
        },
    ],
    18: [
        "a bad name or an empty value is an error of that name alone",
        async (world) => {
            world.holds({ "a/b": "1", empty: "", good: "1" });
            const run = await world.sync();
            expect(exitCodeOf(run)).to.equal(1);
            expect(run.plan?.problems.map(({ name }) => name)).to.deep.equal(["a/b", "empty"]);
            expect(world.woodpecker.places.get("/secrets")?.map(({ name }) => name)).to.deep.equal(["good"]);
        },
    ],
    19: [
        "nothing is installed at run time: one file in a pinned image",
        async () => {
            const [container] = declared().pod.containers;
            expect(container?.image).to.match(/@sha256:[0-9a-f]{64}$/);
            expect(container?.command.at(0)).to.equal("node");
            expect(container?.command.at(-1)).to.equal("/program/secret-sync.js");
        },
    ],
};

async function inDirectory(work: (directory: string) => Promise<void>): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), "secret-sync-"));
    try {
        await work(directory);
    } finally {
        rmSync(directory, { recursive: true });
    }
}

describe("the defects of the script before", function () {
    this.timeout(30_000);
    let world: StubWorld;
    beforeEach(async () => {
        world = await StubWorld.start();
    });
    afterEach(() => world.stop());

    for (const [number, [what, check]] of Object.entries(defects)) it(`${number}: ${what}`, () => check(world));
});

describe("what the sync says", () => {
    it("never holds a value, whatever the server repeats of it", async () => {
        const world = await StubWorld.start();
        const value = 'first line of a key\nsecond "line" of it\n';
        world.holds({ a: value, b: "another secret value" });
        world.toWoodpecker.rule = ({ method, body }) =>
            method === "POST" ? { status: 400, body: `bad: ${body}` } : undefined;
        const said = told(await world.sync());
        await world.stop();
        expect(said).to.contain("bad: ");
        for (const part of ["first line", "second", "another secret", world.woodpecker.token, world.fingerprintKey]) {
            expect(said).to.not.contain(part);
        }
    });
});
