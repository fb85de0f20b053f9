import { generateKeyPairSync } from "node:crypto";
import { expect } from "chai";
import type { MappingDocument } from "../../../../jobs/secret-sync/mapping.js";
import { ExtensionWorld, type Got } from "../../../support/secretExtension/world.js";
import { waitFor } from "../../../support/waitFor.js";

const SECRET = "s3cret-value-8d71";
const document: MappingDocument = {
    entries: [{ path: "ci/global" }, { path: "ci/more", target: { repository: "acme/infra" } }],
};
const requests = (outcome: string) => `secret_extension_requests_total{extension="test",outcome="${outcome}"}`;

function secretsIn({ status, text }: Got): Record<string, string> {
    expect(status, text).to.equal(200);
    const { secrets } = JSON.parse(text) as { secrets: { name: string; value: string }[] };
    return Object.fromEntries(secrets.map(({ name, value }) => [name, value]));
}

describe("the secret extension", function () {
    this.timeout(30_000);
    let world: ExtensionWorld;
    beforeEach(async () => {
        world = await ExtensionWorld.start(document);
        world.vault.put("ci/global", JSON.stringify({ token: SECRET }));
        world.vault.put("ci/more", JSON.stringify({ extra: "more" }));
    });
    afterEach(() => world.stop());

    it("serves what the mapping has for the pipeline, and leaves no token behind", async () => {
        await world.ready();
        expect(secretsIn(await world.ask("acme/website", "push"))).to.deep.equal({ token: SECRET });
        expect(secretsIn(await world.ask("acme/infra", "manual"))).to.deep.equal({ token: SECRET, extra: "more" });
        expect([...world.vault.tokens]).to.deep.equal([world.vault.root]);
        expect(await world.metric(requests("served"))).to.equal(2);
        expect(world.log).to.deep.include({
            outcome: "served",
            repository: "acme/infra",
            event: "manual",
            pipeline: 7,
            secrets: 2,
        });
    });

    it("answers 200 with a list whatever the server asks for", async () => {
        await world.ready();
        for (const [repository, event] of [
            ["acme/website", "pull_request"],
            ["stranger/repo", "push"],
        ] as const) {
            expect(await world.ask(repository, event)).to.deep.equal({ status: 200, text: '{"secrets":[]}' });
        }
        for (const body of ["", "no JSON", "[]", '{"repo":{"full_name":"x"},"pipeline":{"event":"push"}}']) {
            expect(await world.ask("", "", { body }), body).to.deep.equal({ status: 200, text: '{"secrets":[]}' });
        }
        expect(await world.metric(requests("not_allowed"))).to.equal(2);
        expect(await world.metric(requests("incomplete"))).to.equal(4);
    });

    it("answers 200 with what is left when Vault gives less, says so, and recovers", async () => {
        const cold = await ExtensionWorld.start(document, { cacheSeconds: 0 });
        try {
            cold.vault.put("ci/global", JSON.stringify({ token: SECRET }));
            await cold.ready();
            expect(secretsIn(await cold.ask("acme/infra", "push"))).to.deep.equal({ token: SECRET });
            expect(cold.log).to.deep.include({
                outcome: "incomplete",
                repository: "acme/infra",
                event: "push",
                pipeline: 7,
                secrets: 1,
                problems: ["secret/ci/more could not be read"],
            });
            expect(await cold.metric('secret_extension_check_success{extension="test"}')).to.equal(0);
            cold.vault.sealed = true;
            expect(await cold.ask("acme/infra", "push")).to.deep.equal({ status: 200, text: '{"secrets":[]}' });
            cold.vault.sealed = false;
            cold.vault.put("ci/more", JSON.stringify({ extra: "more" }));
            expect(secretsIn(await cold.ask("acme/infra", "push"))).to.deep.equal({ token: SECRET, extra: "more" });
        } finally {
            await cold.stop();
        }
    });

    it("answers before the server stops waiting, however slow Vault is", async () => {
        const slow = await ExtensionWorld.start(document, { cacheSeconds: 0, answerSeconds: 1 });
        try {
            slow.vault.put("ci/global", JSON.stringify({ token: SECRET }));
            await slow.ready();
            slow.toVault.rule = () => ({ delayMs: 60_000 });
            const started = performance.now();
            expect(await slow.ask("acme/website", "push")).to.deep.equal({ status: 200, text: '{"secrets":[]}' });
            expect(performance.now() - started).to.be.lessThan(4000);
        } finally {
            slow.toVault.reset();
            await slow.stop();
        }
    });

    it("gives nothing to who is not the server", async () => {
        await world.ready();
        const stranger = generateKeyPairSync("ed25519").privateKey;
        const body = JSON.stringify({ repo: { full_name: "acme/website" }, pipeline: { event: "push" } });
        const answers = [
            await world.ask("acme/website", "push", { key: stranger }),
            await world.ask("acme/website", "push", { created: Math.floor(Date.now() / 1000) - 3600 }),
            await world.ask("acme/website", "push", { headers: { "content-digest": "sha-256=:AAAA:" } }),
            await world.send("/secrets", { "content-type": "application/json" }, body),
        ];
        expect(answers.map(({ status }) => status)).to.deep.equal([401, 401, 401, 401]);
        expect(answers.map(({ text }) => text).join()).not.to.contain(SECRET);
        expect(answers[0]?.text).to.contain("was signed with another key than the server's");
        expect(await world.metric(requests("rejected"))).to.equal(4);
    });

    it("has one place to ask, and one way", async () => {
        expect((await world.send("/", {})).status).to.equal(404);
        expect((await world.send("/secrets", {}, "", "GET")).status).to.equal(405);
        expect((await world.ask("acme/website", "push", { body: "x".repeat(5 << 20) })).status).to.equal(413);
        expect((await world.monitor("/secrets")).status).to.equal(404);
    });

    it("believes the new key of a server made anew, and a given one whatever the server shows", async () => {
        const pinned = generateKeyPairSync("ed25519");
        const other = await ExtensionWorld.start(document, { woodpecker: pinned.publicKey });
        try {
            other.vault.put("ci/global", JSON.stringify({ token: SECRET }));
            await other.ready();
            expect((await other.ask("acme/website", "push")).status).to.equal(401);
            const asked = await other.ask("acme/website", "push", { key: pinned.privateKey });
            expect(secretsIn(asked)).to.deep.equal({ token: SECRET });
            expect(other.server.requests).to.deep.equal([]);
        } finally {
            await other.stop();
        }
        const quick = await ExtensionWorld.start(document, { keyPauseMs: 0 });
        try {
            quick.vault.put("ci/global", JSON.stringify({ token: SECRET }));
            await quick.ready();
            quick.newKey();
            expect(secretsIn(await quick.ask("acme/website", "push"))).to.deep.equal({ token: SECRET });
        } finally {
            await quick.stop();
        }
        await world.ready();
        world.newKey();
        // A stranger with a key of his own does not make it ask the server each time.
        for (let i = 0; i < 3; i++) await world.ask("acme/website", "push");
        expect(world.server.requests).to.have.lengthOf(1);
    });

    it("is ready once it knows the server and has read Vault, and stays so", async () => {
        const cold = await ExtensionWorld.start(document);
        try {
            await cold.record("vault");
            expect((await cold.monitor("/readyz")).status).to.equal(503);
            expect((await cold.monitor("/healthz")).status).to.equal(200);
            expect(await cold.metric('secret_extension_ready{extension="test"}')).to.equal(0);
        } finally {
            await cold.stop();
        }
        await world.ready();
        world.vault.sealed = true;
        expect((await world.monitor("/readyz")).status).to.equal(200);
    });

    it("answers what is under way before it ends, and says that it ends", async () => {
        const cold = await ExtensionWorld.start(document, { cacheSeconds: 0, drainSeconds: 1 });
        cold.vault.put("ci/global", JSON.stringify({ token: SECRET }));
        await cold.ready();
        cold.toVault.rule = ({ path }) => (path.includes("ci/global") ? { delayMs: 700 } : undefined);
        const underWay = cold.ask("acme/website", "push");
        const ended = cold.stopping();
        await waitFor("the sign", async () => expect((await cold.monitor("/readyz")).status).to.equal(503));
        expect(secretsIn(await underWay)).to.deep.equal({ token: SECRET });
        await ended;
        await cold.stop();
    });

    it("tells its log and metrics no value, and no credential", async () => {
        await world.ready();
        await world.ask("acme/website", "push");
        world.toVault.rule = () => ({ status: 500, body: `{"errors":["${world.vault.jwt} ${SECRET}"]}` });
        await world.ask("acme/infra", "push");
        const told = JSON.stringify(world.log) + (await world.monitor("/metrics")).text;
        for (const hidden of [SECRET, world.vault.jwt, world.vault.root, "stub-login-token"]) {
            expect(told).not.to.contain(hidden);
        }
    });
});
