import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import type { PushedGroup } from "../../../../cli/doctor/world.js";
import { Session } from "../../../../cli/lib/session.js";
import { readStatus } from "../../../../cli/status/read.js";
import { exitCodeOf } from "../../../../cli/status/status.js";
import { HttpStub } from "../../../support/httpStub.js";
import { type RawSettings, rawApp, rawSettings } from "../../../support/settings.js";

const HOUR = 3600;
const now = () => Date.now() / 1000;

/** A group as the Pushgateway's API writes it; numbers are samples without labels. */
function group(labels: Record<string, string>, families: Record<string, number | [object, number][]>): PushedGroup {
    const samples = (value: number | [object, number][]) =>
        (typeof value === "number" ? [[{}, value] as const] : value).map(([labels, each]) => ({
            labels,
            value: String(each),
        }));
    const named = Object.entries(families).map(([name, value]) => [name, { metrics: samples(value) }]);
    return { ...Object.fromEntries(named), labels };
}

const walk = (changes: Record<string, number> = {}, labels: Record<string, string> = {}) =>
    group(
        { job: "registry-integrity-probe", instance: "registry.example.org", ...labels },
        {
            registry_manifest_integrity_last_run_timestamp: now() - 60,
            registry_manifest_integrity_catalog_accessible: 1,
            registry_manifest_integrity_complete: 1,
            registry_manifest_integrity_failures: 0,
            ...changes,
        },
    );
const sync = (changes: Record<string, number> = {}, instance = "vault") =>
    group(
        { job: "secret-sync", instance },
        {
            secret_sync_last_run_timestamp_seconds: now() - 60,
            secret_sync_success: 1,
            secret_sync_managed: 3,
            ...changes,
        },
    );
const look = (states: Record<string, number>, age = 60) =>
    group(
        { job: "drift-detection" },
        {
            drift_detection_last_run_timestamp: now() - age,
            drift_stack_state: Object.entries(states).map(([stack, state]) => [{ stack }, state]),
        },
    );

describe("what cicd status reads of the Pushgateway", () => {
    let gateway: HttpStub;
    let folder: string;
    before(async () => {
        gateway = await HttpStub.start();
        folder = mkdtempSync(join(tmpdir(), "status-"));
    });
    after(async () => {
        rmSync(folder, { recursive: true });
        await gateway.stop();
    });

    /** @param blocks of the stack file */
    async function statusOf(groups: readonly PushedGroup[], blocks: RawSettings) {
        gateway.on("GET /api/v1/metrics", { status: 200, body: { data: groups } });
        const file = join(folder, "Pulumi.test.yaml");
        const config = Object.entries(blocks).map(([name, block]) => [`cicd:${name}`, block]);
        writeFileSync(file, stringify({ config: Object.fromEntries(config) }));
        // Of the servers only the gateway is there.
        const own = {
            PULUMI_OPTION_CONFIG_FILE: file,
            KUBECONFIG: join(folder, "none"),
            VAULT_TOKEN: "",
            WOODPECKER_TOKEN: "",
            GITHUB_TOKEN: "",
        };
        const before = Object.keys(own).map((name) => [name, process.env[name]] as const);
        Object.assign(process.env, own);
        const session = new Session({ stack: "test" });
        try {
            return await readStatus(session);
        } finally {
            session.close();
            for (const [name, value] of before) {
                if (value === undefined) delete process.env[name];
                else process.env[name] = value;
            }
        }
    }
    const { github, woodpecker, vault } = rawSettings();
    const probe = (changes: RawSettings = {}) => ({
        integrityProbe: { registryUrl: "https://registry.example.org", pushgatewayUrl: gateway.url, ...changes },
    });
    const syncing = () => ({ woodpecker, vault, secretSync: { pushgatewayUrl: gateway.url } });
    const looking = () => {
        const source = { path: "ci/drift", key: "x" };
        const detection = {
            schedule: "0 0 * * *",
            image: "acme/tools:1",
            stacks: ["test", "other"],
            backendUrl: "file:///state",
            history: "/var/drift/history.json",
            pushgatewayUrl: gateway.url,
            passphrase: source,
            githubToken: source,
            woodpeckerToken: source,
        };
        const infra = { repository: "acme/infra", tools: "acme/tools:1", pipelines: { "drift-detection": detection } };
        return { github, woodpecker, vault, infra };
    };
    async function reportOf(groups: readonly PushedGroup[], blocks: RawSettings) {
        const status = await statusOf(groups, blocks);
        const [only] = status.reported;
        expect(status.reported).length(1);
        expect(exitCodeOf(status) === 2).equal(only?.state === "wrong");
        return `${only?.state}: ${only?.words}`;
    }

    it("is fine where every shard of the registry was walked lately, as a whole", async () => {
        expect(await reportOf([walk()], probe())).equal("fine: every image is whole");
        const shards = [walk({}, { shard: "0" }), walk({}, { shard: "1" })];
        expect(await reportOf(shards, probe({ shards: 2 }))).equal("fine: every image is whole");
        expect(await reportOf(shards.slice(1), probe({ shards: 2 }))).equal("wrong: 1 of 2 shards have never reported");
    });

    it("is wrong where the registry could not be listed, or not all of it was looked at", async () => {
        const blind = walk({
            registry_manifest_integrity_catalog_accessible: 0,
            registry_manifest_integrity_complete: 0,
        });
        expect(await reportOf([blind], probe())).equal("wrong: the repositories of the registry cannot be listed");
        const cut = walk({ registry_manifest_integrity_complete: 0, registry_manifest_integrity_failures: 2 });
        expect(await reportOf([cut], probe())).equal(
            "wrong: 2 manifests or blobs are broken; the last walk was not complete",
        );
    });

    it("is wrong where nothing was reported for longer than the alerts allow", async () => {
        const month = now() - 720 * HOUR;
        const old = walk({ registry_manifest_integrity_last_run_timestamp: month });
        expect(await reportOf([old], probe())).equal("wrong: has not reported for 30 days");
        expect(await reportOf([sync({ secret_sync_last_run_timestamp_seconds: month })], syncing())).equal(
            "wrong: has not reported for 30 days",
        );
        expect(await reportOf([look({ test: 0 }, 720 * HOUR)], looking())).equal("wrong: has not reported for 30 days");
        const late = walk({ registry_manifest_integrity_last_run_timestamp: now() - 2 * HOUR });
        expect(await reportOf([late], probe())).equal("wrong: has not reported for 2 h");
        const patient = probe({ alerts: { staleAfterSeconds: 3 * HOUR } });
        expect(await reportOf([late], patient)).equal("fine: every image is whole");
        const daily = probe({ schedule: "0 3 * * *" });
        expect(await reportOf([late], daily), "by its schedule").equal("fine: every image is whole");
    });

    it("is wrong where what is declared to report never did, and silent about what is not", async () => {
        for (const blocks of [probe(), syncing(), looking()]) {
            expect(await reportOf([], blocks)).equal("wrong: has never reported");
        }
        const { reported } = await statusOf([], probe({ pushgatewayUrl: undefined }));
        expect(reported).deep.equal([]);
    });

    it("is not known where the Pushgateway gives no answer", async () => {
        const unused = "http://127.0.0.1:1";
        const status = await statusOf([], probe({ pushgatewayUrl: unused }));
        expect(status.reported).deep.equal([]);
        expect(status.unknown).length(1);
        expect(status.unknown[0]).match(/^integrity: /);
        expect(exitCodeOf(status)).equal(1);
    });

    it("takes nobody else's word: not that of another instance, nor of another stack", async () => {
        const other = walk({ registry_manifest_integrity_failures: 5 }, { instance: "other.example.org" });
        expect(await reportOf([other], probe())).equal("wrong: has never reported");
        expect(await reportOf([other, walk()], probe())).equal("fine: every image is whole");
        expect(await reportOf([sync({ secret_sync_success: 0 }, "staging"), sync()], syncing())).equal(
            "fine: 3 secrets are as in Vault",
        );
        expect(await reportOf([look({ other: 1 })], looking())).equal("wrong: the last run did not look at test");
        expect(await reportOf([look({ other: 1, test: 0 })], looking())).equal("fine: nothing has drifted");
        expect(await reportOf([look({ test: 2 })], looking())).match(/^wrong: the last run could not tell/);
    });

    it("says all there is to say of a stack without applications", async () => {
        const status = await statusOf([walk()], probe());
        expect(status).deep.include({ apps: [], unknown: [] });
        expect(exitCodeOf(status)).equal(0);
    });

    it("calls an application's images intact only where all were looked at", async () => {
        const name = "registry.example.org/acme/website";
        const blocks = { ...rawSettings({ apps: { website: rawApp({ images: [{ name }] }) } }), ...probe() };
        const brokenOf = async (groups: readonly PushedGroup[]) =>
            (await statusOf(groups, blocks)).apps[0]?.brokenImages;
        expect(await brokenOf([walk()])).deep.equal([]);
        expect(await brokenOf([walk({ registry_manifest_integrity_catalog_accessible: 0 })])).equal(undefined);
        expect(await brokenOf([])).equal(undefined);
    });
});
