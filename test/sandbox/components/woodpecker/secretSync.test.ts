import type { V1Job } from "@kubernetes/client-node";
import { expect } from "chai";
import { readJobBundle } from "../../../../components/monitoring/jobBundle.js";
import {
    mappingText,
    PROGRAM_FILE,
    SYNC_NAME,
    syncCronJobSpec,
} from "../../../../components/woodpecker/syncCronJob.js";
import { syncRules } from "../../../../components/woodpecker/syncPolicy.js";
import { images } from "../../../../config/images.js";
import { parseSettings } from "../../../../config/parse.js";
import { WoodpeckerClient } from "../../../../providers/woodpecker/client.js";
import { Cluster } from "../../../support/cluster.js";
import { environment, vault } from "../../../support/servers.js";
import { rawSettings } from "../../../support/settings.js";
import { declareVaultReader, removeVaultReader } from "../../../support/vaultReader.js";
import { waitFor } from "../../../support/waitFor.js";

/** The CronJob's own pod template, in a real pod that logs in to OpenBao with the token it is given. */
describe("the CronJob of the secret sync, in the sandbox's cluster", function () {
    this.timeout(120_000);
    const cluster = Cluster.ofSandbox();
    const namespace = "sandbox-test-sync";
    const paths = { values: `${namespace}/values`, own: `${namespace}/own` };
    const program = readJobBundle("secret-sync");
    const collection = new WoodpeckerClient({
        server: environment("WOODPECKER_SERVER"),
        token: environment("WOODPECKER_TOKEN"),
    }).secrets("global");
    const sync = parseSettings(
        rawSettings({
            apps: {},
            credentials: {},
            woodpecker: { url: environment("WOODPECKER_SERVER") },
            vault: { address: environment("VAULT_ADDR"), mounts: { kubernetesAuth: namespace } },
            secretSync: {
                mapping: { entries: [{ path: paths.values }] },
                woodpeckerToken: { path: paths.own, key: "token" },
                fingerprintKey: { path: paths.own, key: "fingerprints" },
                namespace,
                instance: namespace,
                pushgatewayUrl: environment("PUSHGATEWAY_URL"),
            },
        }),
    ).secretSync;
    if (!sync) throw new Error("no sync");
    const { spec } = syncCronJobSpec({ sync, image: images.parse({}).node, programHash: program.hash }).jobTemplate;
    let prepared = false;

    before(async function () {
        if (!(await cluster.isReal())) {
            console.log("      skipped: the node is simulated on this machine, where no container runs");
            this.skip();
        }
        prepared = true;
        await cluster.createNamespace(namespace);
        const metadata = { name: SYNC_NAME };
        await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata } });
        const data = { [PROGRAM_FILE]: program.text, "mapping.json": mappingText(sync) };
        await cluster.core.createNamespacedConfigMap({ namespace, body: { metadata, data } });
        await prepareVault();
    });
    after(async () => {
        if (!prepared) return;
        await cluster.deleteNamespace(namespace);
        for (const { name } of await collection.list())
            if (name.startsWith("sandbox_test_")) await collection.remove(name);
        await removeVaultReader(namespace);
        for (const path of Object.values(paths)) await vault.api("DELETE", `secret/metadata/${path}`);
        const group = `${environment("PUSHGATEWAY_URL")}/metrics/job/secret-sync/instance/${namespace}`;
        await fetch(group, { method: "DELETE" });
    });

    async function prepareVault(): Promise<void> {
        await declareVaultReader(cluster, {
            mount: namespace,
            role: "secret-sync",
            rules: syncRules(sync as NonNullable<typeof sync>),
            account: SYNC_NAME,
            namespace,
            audience: sync?.audience ?? "",
            tokenSeconds: 360,
        });
        await vault.api("POST", `secret/data/${paths.own}`, {
            data: { token: environment("WOODPECKER_TOKEN"), fingerprints: "0123456789abcdef" },
        });
        await vault.api("POST", `secret/data/${paths.values}`, {
            data: { sandbox_test_a: "1\n", sandbox_test_b: "2" },
        });
    }

    /** What `kubectl create job --from=cronjob/…` does, to its end. @returns the summary of its pod */
    async function runNow(name: string): Promise<{ job: V1Job; log: string; summary: Record<string, unknown> }> {
        await cluster.batch.createNamespacedJob({ namespace, body: { metadata: { name }, spec } });
        const job = await waitFor(
            `${name} to end`,
            async () => {
                const found = await cluster.batch.readNamespacedJob({ namespace, name });
                const ended = found.status?.conditions?.some(({ type }) => type === "Complete" || type === "Failed");
                if (!ended) throw new Error(JSON.stringify(found.status));
                return found;
            },
            60,
        );
        const [pod] = await cluster.podsOf(namespace, `job-name=${name}`);
        const log = await cluster.core.readNamespacedPodLog({ namespace, name: pod?.metadata?.name ?? "" });
        return { job, log, summary: JSON.parse(log.split("\n").findLast((line) => line.startsWith("{")) ?? "{}") };
    }

    it("logs in with the pod's token, copies, and is content the second time", async () => {
        const first = await runNow("one");
        expect(first.job.status?.succeeded, first.log).to.equal(1);
        expect(first.summary).to.include({ complete: true, created: 2 });
        expect(first.log).to.not.contain("warning");
        const second = await runNow("two");
        expect(second.summary).to.include({ complete: true, unchanged: 2, created: 0, changed: 0 });
    });

    it("leaves no Vault token behind", async () => {
        const { data } = await vault.api("GET", "auth/token/accessors?list=true");
        const { keys } = data as { keys: string[] };
        const found = await Promise.all(
            keys.map((accessor) =>
                vault.api("POST", "auth/token/lookup-accessor", { accessor }).catch(() => ({ data: {} })),
            ),
        );
        const left = found.filter(({ data: token }) => String((token as { path?: string }).path).includes(namespace));
        expect(left).to.deep.equal([]);
    });

    it("says in metrics how it went", async () => {
        const text = await (await fetch(`${environment("PUSHGATEWAY_URL")}/metrics`)).text();
        const ours = text.split("\n").filter((line) => line.includes(`instance="${namespace}"`));
        expect(ours.join("\n"))
            .to.contain("secret_sync_managed")
            .and.to.contain("secret_sync_last_success_timestamp_seconds");
    });
});
