import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { type MappingDocument, mapping } from "../../../../jobs/secret-sync/mapping.js";
import { linesOf, summaryOf } from "../../../../jobs/secret-sync/report.js";
import type { SyncSettings } from "../../../../jobs/secret-sync/settings.js";
import { exitCodeOf, runSync, type SyncRun } from "../../../../jobs/secret-sync/sync.js";
import { type Secret, WoodpeckerClient } from "../../../../providers/woodpecker/client.js";
import { type Fault, FaultProxy } from "../../../support/faultProxy.js";
import { environment, vault } from "../../../support/servers.js";
import { demandSuccess, stack } from "../../../support/stack.js";

const told = (run: SyncRun) => [...linesOf(run), JSON.stringify(summaryOf(run))].join("\n");

/** On real OpenBao and the sandbox's Woodpecker, with a proxy before each that can do it harm. */
describe("the secret sync, in the sandbox", function () {
    this.timeout(60_000);
    const mark = `sync${randomUUID().slice(0, 8)}`;
    const path = `${mark}/values`;
    const woodpecker = new WoodpeckerClient({
        server: environment("WOODPECKER_SERVER"),
        token: environment("WOODPECKER_TOKEN"),
    });
    const collection = woodpecker.secrets("global");
    let toVault: FaultProxy;
    let toWoodpecker: FaultProxy;

    before(async function () {
        this.timeout("3m");
        // Woodpecker knows a repository and its organisation once they are registered.
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program"));
        toVault = await FaultProxy.start(environment("VAULT_ADDR"));
        toWoodpecker = await FaultProxy.start(environment("WOODPECKER_SERVER"));
    });
    after(async () => {
        await toVault.stop();
        await toWoodpecker.stop();
    });
    afterEach(async () => {
        toVault.reset();
        toWoodpecker.reset();
        for (const { name } of await ours()) await collection.remove(name);
        await vault.api("DELETE", `secret/metadata/${path}`);
    });

    const named = (name: string) => `${mark}_${name}`;
    const ours = async () => (await collection.list()).filter(({ name }) => name.startsWith(mark));
    const holds = (data: Record<string, unknown>) =>
        vault.api("POST", `secret/data/${path}`, {
            data: Object.fromEntries(Object.entries(data).map(([name, value]) => [named(name), value])),
        });
    const many = (count: number, value = "v") =>
        Object.fromEntries(Array.from({ length: count }, (_, i) => [`s${String(i).padStart(3, "0")}`, `${value}${i}`]));

    function sync(
        changes: Partial<SyncSettings> = {},
        document: MappingDocument = { entries: [{ path }] },
    ): Promise<SyncRun> {
        toVault.requests.length = 0;
        toWoodpecker.requests.length = 0;
        return runSync({
            mode: "apply",
            vault: {
                address: new URL(`${toVault.url}/`),
                kvMount: "secret",
                credential: { token: environment("VAULT_TOKEN") },
            },
            woodpecker: { server: toWoodpecker.url, token: environment("WOODPECKER_TOKEN") },
            fingerprintKey: "a-fingerprint-key-of-the-test",
            mapping: mapping.parse(document),
            pruneLimit: { count: 10 },
            rewrite: false,
            instance: mark,
            requestTimeoutSeconds: 5,
            deadlineSeconds: 30,
            retryPauseMs: 5,
            ...changes,
        });
    }

    it("creates, changes, restores and removes, and writes nothing when nothing changed", async () => {
        await holds(many(60));
        expect(told(await sync({ mode: "plan" }))).to.contain(`+ global "${named("s000")}": create, version 1`);
        expect(await ours()).to.deep.equal([]);
        expect(exitCodeOf(await sync())).to.equal(0);
        expect(await ours()).to.have.lengthOf(60);
        expect(exitCodeOf(await sync())).to.equal(0);
        expect(toWoodpecker.writes).to.deep.equal([]);
        expect(toVault.requests.map(({ path }) => path)).to.deep.equal([`/v1/secret/data/${path}`]);

        const { s001: _, ...rest } = many(60);
        await holds({ ...rest, s002: "new" });
        await collection.update(named("s003"), { value: "by hand", note: "by hand" });
        await collection.update(named("s004"), { events: ["pull_request"] });
        const run = await sync();
        expect(exitCodeOf(run)).to.equal(1);
        expect(told(run)).to.contain(`! global "${named("s003")}": is there already and was not made by secret-sync`);
        expect(toWoodpecker.writes).to.deep.equal([
            `PATCH /api/secrets/${named("s002")}`,
            `PATCH /api/secrets/${named("s004")}`,
        ]);
        // What is there already may be the new name of one that is to go.
        expect(told(run)).to.contain(`! global "${named("s001")}": is no longer asked for, and stays`);

        await collection.remove(named("s003"));
        expect(exitCodeOf(await sync())).to.equal(0);
        expect(toWoodpecker.writes).to.deep.equal(["POST /api/secrets", `DELETE /api/secrets/${named("s001")}`]);
    });

    it("sends values exactly as Vault has them", async () => {
        const pem = `-----BEGIN KEY-----\n${"0123456789abcde\n".repeat(4093)}-----END KEY-----\n\n`;
        const data = {
            quotes: "a \"b\" \\c\\ 'd'",
            unicode: "\u00fc \u{1f511} \u2028 \u0001",
            newlines: "x\r\n\n\n",
            big: pem.slice(-65_536),
        };
        await holds(data);
        const run = await sync();
        expect(exitCodeOf(run), told(run)).to.equal(0);
        const sent = toWoodpecker.requests
            .filter(({ method }) => method === "POST")
            .map(({ body }) => JSON.parse(body));
        expect(Object.fromEntries(sent.map(({ name, value }) => [name, value]))).to.deep.equal(
            Object.fromEntries(Object.entries(data).map(([name, value]) => [named(name), value])),
        );
    });

    it("writes to a repository and an organisation", async () => {
        await holds({ one: "1" });
        const targets = [{ repository: "acme/website" }, { organization: "acme" }] as const;
        const run = await sync({}, { entries: targets.map((target) => ({ path, target })) });
        expect(exitCodeOf(run), told(run)).to.equal(0);
        expect(
            exitCodeOf(await sync({ mode: "plan" }, { entries: targets.map((target) => ({ path, target })) })),
        ).to.equal(0);
        const emptied = await sync({}, { entries: [{ path, key: named("one") }], emptied: [...targets] });
        expect(summaryOf(emptied)).to.include({ pruned: 2, created: 1 });
    });

    describe("changes nothing and ends with 1", () => {
        let before: Secret[];
        beforeEach(async () => {
            await holds(many(55));
            await sync();
            await holds(many(55, "other"));
            before = await ours();
        });
        async function refuses(words: RegExp, changes: Partial<SyncSettings> = {}, document?: MappingDocument) {
            const run = await sync(changes, document);
            expect(exitCodeOf(run)).to.equal(1);
            expect(told(run)).to.match(words);
            expect(toWoodpecker.writes).to.deep.equal([]);
            expect(await ours()).to.deep.equal(before);
        }

        it("when the secret in Vault is deleted", async () => {
            await vault.api("DELETE", `secret/data/${path}`);
            await refuses(/version 2 was deleted/);
        });
        it("when it is gone with its history", async () => {
            await vault.api("DELETE", `secret/metadata/${path}`);
            await refuses(/there is no such secret/);
        });
        it("when it is empty", async () => {
            await vault.api("POST", `secret/data/${path}`, { data: {} });
            await refuses(/has no keys/);
        });
        it("when Vault's token is not good", async () => {
            const credential = { token: "s.not-a-token-of-this-vault" };
            await refuses(/403 .*; check the policy for secret/, {
                vault: { address: new URL(`${toVault.url}/`), kvMount: "secret", credential },
            });
        });
        it("when the store is of version 1", async () => {
            const mount = `${mark}-v1`;
            await vault.api("POST", `sys/mounts/${mount}`, { type: "kv", options: { version: "1" } });
            try {
                await vault.api("POST", `${mount}/${path}`, { a: "1" });
                const credential = { token: environment("VAULT_TOKEN") };
                await refuses(/is a KV store of version 1; version 2 is needed/, {
                    vault: { address: new URL(`${toVault.url}/`), kvMount: mount, credential },
                });
            } finally {
                await vault.api("DELETE", `sys/mounts/${mount}`);
            }
        });
        it("when Woodpecker's token is not good", async () => {
            await refuses(/401/, { woodpecker: { server: toWoodpecker.url, token: "not-a-token-of-this-server" } });
        });

        const page = {
            status: 200,
            body: "<!doctype html><title>Sign in</title>",
            headers: { "content-type": "text/html" },
        };
        const faults: readonly [string, Fault, RegExp][] = [
            ["an HTML page", page, /an HTML page|not Vault's/],
            ["half an answer", "cut inside", /broke off|no answer/],
            ["500 without end", { status: 500, body: "trouble" }, /500/],
            ["429 without end", { status: 429, body: "slow down" }, /429/],
        ];
        for (const [what, fault, words] of faults) {
            it(`when Vault gives ${what}`, async () => {
                toVault.rule = () => fault;
                await refuses(words);
            });
            it(`when Woodpecker gives ${what} instead of its second page`, async () => {
                toWoodpecker.rule = ({ path: asked }) => (asked.includes("page=2") ? fault : undefined);
                await refuses(words);
            });
        }
        it("when answers are late beyond the deadline", async () => {
            toWoodpecker.rule = () => ({ delayMs: 2500 });
            await refuses(/ended early/, { deadlineSeconds: 1 });
        });
    });
});
