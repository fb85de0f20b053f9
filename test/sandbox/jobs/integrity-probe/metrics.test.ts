import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { alertRules } from "../../../../components/monitoring/alertRules.js";
import { bundleJob } from "../../../support/bundle.js";
import { Prometheus } from "../../../support/prometheus.js";
import { login, RealRegistry } from "../../../support/realRegistry.js";
import type { StoredIndex } from "../../../support/registryStorage.js";
import { freePort, ServerProcess } from "../../../support/server.js";
import { waitFor } from "../../../support/waitFor.js";

/** The bundle, as a CronJob runs it, with a real registry, Pushgateway and Prometheus. */
describe("the integrity probe's metrics, from the bundle to the alert", function () {
    this.timeout(90_000);
    const servers: ServerProcess[] = [];
    let directory: string;
    let registry: RealRegistry;
    let registryUrl: URL;
    let gateway: string;
    let prometheus: Prometheus;
    let index: StoredIndex;

    before(async () => {
        directory = mkdtempSync(join(tmpdir(), "probe-"));
        for (const job of ["integrity-probe", "verify-integrity"]) {
            await bundleJob(job, directory);
        }
        registry = RealRegistry.create();
        index = registry.storage.addIndex("team/app", "v1");
        registryUrl = (await registry.serve({ cache: true })).url;
        writeFileSync(join(directory, "ca.pem"), registry.ca);
        writeFileSync(join(directory, "password"), `${login.password}\n`);
        gateway = await start("prometheus-pushgateway", (host) => [
            `--web.listen-address=${host}`,
            `--persistence.file=${join(directory, "metrics")}`,
            "--log.level=error",
        ]);
        const targets = [new URL(gateway).host];
        prometheus = await Prometheus.start({
            directory,
            rules: alertRules({
                instance: "test",
                shards: 1,
                staleAfterSeconds: 3600,
                blobs: "sample",
                schedule: "*/15 * * * *",
            }),
            scrapes: [{ job_name: "push", honor_labels: true, static_configs: [{ targets }] }],
        });
    });
    after(async () => {
        await Promise.all(servers.map((server) => server.stop()));
        await prometheus?.stop();
        await registry?.stop();
        rmSync(directory, { recursive: true });
    });

    async function start(program: string, argumentsFor: (host: string) => string[]): Promise<string> {
        const host = `127.0.0.1:${await freePort()}`;
        servers.push(await ServerProcess.start(program, argumentsFor(host), () => read(`http://${host}/-/ready`)));
        return `http://${host}`;
    }

    function run(
        job: string,
        changes: Record<string, string> = {},
        args: readonly string[] = [],
    ): SpawnSyncReturns<string> {
        return spawnSync(process.execPath, [join(directory, `${job}.js`), ...args], {
            encoding: "utf8",
            env: {
                REGISTRY_URL: registryUrl.href,
                REGISTRY_USERNAME: login.username,
                REGISTRY_PASSWORD_FILE: join(directory, "password"),
                REGISTRY_CA_FILE: join(directory, "ca.pem"),
                PUSHGATEWAY_URL: gateway,
                INSTANCE: "test",
                BLOBS: "all",
                WAIT_SECONDS: "0",
                ...changes,
            },
        });
    }

    it("runs on plain Node, sums up in one line of JSON, and pushes what promtool finds no fault with", async () => {
        const { status, stdout, stderr } = run("integrity-probe");
        expect([status, stderr]).to.deep.equal([0, ""]);
        expect(stdout.trim().split("\n")).to.have.lengthOf(1);
        expect(JSON.parse(stdout)).to.deep.include({
            complete: true,
            repositories: 1,
            tags: 1,
            indexes: 1,
            children: 3,
            blobs: 6,
            probeErrors: 0,
            failures: {},
            broken: [],
        });
        const metrics = await probeMetrics();
        expect(metrics).to.contain(
            'registry_manifest_integrity_failures{instance="test",job="registry-integrity-probe"} 0',
        );
        for (const name of [
            "catalog_accessible",
            "repos_checked",
            "tags_checked",
            "indexes_checked",
            "last_run_timestamp",
        ]) {
            expect(metrics).to.match(new RegExp(`^registry_manifest_integrity_${name}\\{`, "m"));
        }
        const promtool = spawnSync("promtool", ["check", "metrics"], { input: metrics, encoding: "utf8" });
        expect(promtool.stdout + promtool.stderr).to.equal("");
        expect(promtool.status).to.equal(0);
    });

    it("raises an alert that names the broken image, and lets it end after the repair", async () => {
        const link = registry.storage.revisionLink("team/app", index.arm64.digest);
        registry.storage.remove(link);
        const { status, stdout } = run("integrity-probe");
        expect(status, "a finding is no failure of the probe").to.equal(0);
        expect(JSON.parse(stdout)).to.deep.include({ failures: { missing_child: 1 } });
        const alert = await waitFor("the alert", async () => {
            const found = (await prometheus.alerts()).find(
                ({ labels }) => labels.alertname === "RegistryManifestIntegrityFailure",
            );
            if (found?.state !== "firing") throw new Error(JSON.stringify(found));
            return found;
        });
        expect(alert.labels).to.include({
            repository: "team/app",
            tag: "v1",
            digest: index.arm64.digest,
            kind: "manifest",
            class: "missing_child",
            instance: "test",
        });

        writeFileSync(link, index.arm64.digest);
        expect(run("integrity-probe").status).to.equal(0);
        await waitFor("the end of the alert", async () => expect(await prometheus.alerts()).to.deep.equal([]));
    });

    it("keeps what was known of the images while the registry cannot be listed, and exits with 1", async () => {
        const before = await metric("registry_manifest_integrity_tags_checked");
        const success = await metric("registry_integrity_last_success_timestamp_seconds");
        const { status, stdout } = run("integrity-probe", { REGISTRY_URL: `http://127.0.0.1:${await freePort()}` });
        expect(status).to.equal(1);
        expect(JSON.parse(stdout).troubles.join()).to.contain("ECONNREFUSED");
        expect(await metric("registry_manifest_integrity_catalog_accessible")).to.equal("0");
        expect(await metric("registry_manifest_integrity_complete")).to.equal("0");
        expect(await metric("registry_manifest_integrity_tags_checked")).to.equal(before);
        expect(await metric("registry_integrity_last_success_timestamp_seconds")).to.equal(success);
    });

    it("keeps shards apart, each in a group of its own", async () => {
        for (const shard of ["0/2", "1/2"]) expect(run("integrity-probe", {}, ["--shard", shard]).status).to.equal(0);
        const text = await probeMetrics();
        const counts = [...text.matchAll(/tags_checked\{.*shard="\d"\} (\d)/g)].map(([, count]) => Number(count));
        expect(counts.sort()).to.deep.equal([0, 1]);
    });

    it("exits with 1 and the gateway's words when an older probe's untyped metrics stand in the way", async () => {
        const old = `${gateway}/metrics/job/old`;
        await send("DELETE", `${gateway}/metrics/job/registry-integrity-probe/instance/test`);
        for (const shard of ["0", "1"]) {
            await send("DELETE", `${gateway}/metrics/job/registry-integrity-probe/instance/test/shard/${shard}`);
        }
        await send("PUT", old, "registry_manifest_integrity_failures 0\n");
        const { status, stderr } = run("integrity-probe");
        await send("DELETE", old);
        expect(status).to.equal(1);
        expect(stderr).to.match(/^integrity-probe: The Pushgateway at 127.0.0.1:\d+ did not take the metrics: 400 .+/);
        expect(stderr).not.to.contain("    at ");
    });

    it("says how an image is broken, and how to repair it", () => {
        const image = `${registryUrl.host}/team/app:v1`;
        expect(run("verify-integrity", {}, [image])).to.deep.include({ status: 0 });
        registry.storage.empty(registry.storage.data(index.amd64.layer.digest));
        const { status, stderr } = run("verify-integrity", {}, [image]);
        expect(status).to.equal(2);
        expect(stderr).to.contain(`truncated_blob: ${index.amd64.layer.digest} of linux/amd64`);
        expect(stderr).to.contain("repair: ");
        const wrong = run("verify-integrity", { REGISTRY_PASSWORD_FILE: "", REGISTRY_PASSWORD: "wrong" }, [image]);
        expect(wrong.status).to.equal(1);
        expect(wrong.stderr).to.match(/could not tell.*\n.*401/);
    });

    async function probeMetrics(): Promise<string> {
        const lines = (await read(`${gateway}/metrics`)).split("\n");
        return `${lines.filter((line) => /registry_(manifest_)?integrity/.test(line)).join("\n")}\n`;
    }

    async function metric(name: string): Promise<string | undefined> {
        return new RegExp(
            `^${name}\\{instance="test",job="registry-integrity-probe"(?:,kind="success")?\\} (\\S+)$`,
            "m",
        ).exec(await probeMetrics())?.[1];
    }
});

const read = (url: string) => send("GET", url);

function send(method: string, url: string, body?: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const outgoing = request(url, { method }, async (response) => {
            let text = "";
            for await (const chunk of response) text += chunk;
            if ((response.statusCode ?? 500) < 300) resolve(text);
            else reject(new Error(`${response.statusCode} ${text}`));
        });
        outgoing.on("error", reject).end(body);
    });
}
