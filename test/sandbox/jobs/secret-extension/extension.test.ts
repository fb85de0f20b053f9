import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { extensionAlertRules } from "../../../../components/woodpecker/extensionAlertRules.js";
import { prometheusToken, startWorld, type World } from "../../../contract/woodpecker/world.js";
import { bundleJob } from "../../../support/bundle.js";
import { Prometheus } from "../../../support/prometheus.js";
import { freePort, ServerProcess } from "../../../support/server.js";
import { environment, vault } from "../../../support/servers.js";

/** The program between real OpenBao and a Woodpecker that calls it, with a real Prometheus that watches both. */
describe("the secret extension, in the sandbox", function () {
    this.timeout(120_000);
    const path = `extension${randomUUID().slice(0, 8)}/values`;
    let directory: string;
    let world: World;
    let repo: number;
    let ports: { readonly secrets: number; readonly monitor: number };
    let extension: ServerProcess | undefined;
    let prometheus: Prometheus;

    before(async function () {
        directory = mkdtempSync(join(tmpdir(), "extension-"));
        await bundleJob("secret-extension", directory);
        ports = { secrets: await freePort(), monitor: await freePort() };
        world = await startWorld(() => this.skip(), undefined, {
            WOODPECKER_SECRET_EXTENSION_ENDPOINT: `http://127.0.0.1:${ports.secrets}/secrets`,
            WOODPECKER_EXTENSIONS_ALLOWED_HOSTS: "loopback",
        });
        repo = await world.admin.activate(await world.app.remoteId(), "acme/app");
        await world.app.workflows({
            "w.yml": [
                "skip_clone: true",
                "when: {event: manual}",
                "steps:",
                "  - {name: s, image: bash, environment: {A: {from_secret: token}}, commands: ['echo \"$A\" | rev']}",
                "",
            ].join("\n"),
        });
        await holds("first");
        extension = await start();
        prometheus = await Prometheus.start({
            directory,
            rules: extensionAlertRules({ instance: "vault", staleAfterSeconds: 3600 }),
            scrapes: [
                { job_name: "extension", static_configs: [{ targets: [`127.0.0.1:${ports.monitor}`] }] },
                {
                    job_name: "woodpecker",
                    authorization: { credentials: prometheusToken },
                    static_configs: [{ targets: [new URL(world.url).host] }],
                },
            ],
        });
    });
    after(async () => {
        await extension?.stop();
        await prometheus?.stop();
        await world?.close();
        await vault.api("DELETE", `secret/metadata/${path}`);
        rmSync(directory, { recursive: true, force: true });
    });

    const holds = (token: string) => vault.api("POST", `secret/data/${path}`, { data: { token } });

    function start(): Promise<ServerProcess> {
        const ready = async () => {
            const response = await fetch(`http://127.0.0.1:${ports.monitor}/readyz`);
            if (!response.ok) throw new Error(await response.text());
        };
        return ServerProcess.start(process.execPath, [join(directory, "secret-extension.js")], ready, {
            PATH: process.env.PATH,
            VAULT_ADDR: environment("VAULT_ADDR"),
            VAULT_TOKEN: environment("VAULT_TOKEN"),
            WOODPECKER_SERVER: world.url,
            ALLOW: '[{"repositories":["acme/app"]}]',
            MAPPING: JSON.stringify({ entries: [{ path }] }),
            LISTEN: `127.0.0.1:${ports.secrets}`,
            MONITOR_LISTEN: `127.0.0.1:${ports.monitor}`,
            CACHE_SECONDS: "0",
            DRAIN_SECONDS: "0",
        });
    }

    async function got(): Promise<string> {
        const pipeline = await world.admin.runToEnd(repo);
        expect(pipeline.status, JSON.stringify(pipeline.errors)).to.equal("success");
        const [, line = ""] = await world.admin.log(repo, pipeline, "s");
        return [...line].reverse().join("");
    }

    it("hands a pipeline what Vault holds at that moment, with no copy in Woodpecker and no alert", async () => {
        expect(await got()).to.equal("first");
        await holds("second");
        expect(await got()).to.equal("second");
        expect(await world.admin.json("GET", "/api/secrets")).to.deep.equal([]);
        await prometheus.fires();
        const metrics = await (await fetch(`http://127.0.0.1:${ports.monitor}/metrics`)).text();
        expect(metrics).to.match(/^secret_extension_requests_total\{extension="vault",outcome="served"\} 2$/m);
        const { stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: metrics, encoding: "utf8" });
        expect(stdout + stderr).to.equal("");
    });

    it("is missed in silence by the server when it is gone, and by the alert aloud", async () => {
        const old = { name: "token", value: "an-old-copy", events: ["manual"] };
        await world.admin.json("POST", "/api/secrets", old);
        await extension?.stop();
        expect(await got()).to.equal("an-old-copy");
        await prometheus.fires("SecretExtensionDown");

        await world.admin.ask("DELETE", "/api/secrets/token");
        const { status, errors } = await world.admin.run(repo);
        expect([status, errors?.[0]?.message]).to.deep.equal(["error", 'secret "token" not found']);

        extension = await start();
        expect(await got()).to.equal("second");
        await prometheus.fires();
    });

    it("says that a pipeline got less when Vault has lost what the mapping names", async () => {
        await vault.api("DELETE", `secret/metadata/${path}`);
        const { status } = await world.admin.run(repo);
        expect(status).to.equal("error");
        await prometheus.fires("SecretExtensionIncomplete");
    });
});
