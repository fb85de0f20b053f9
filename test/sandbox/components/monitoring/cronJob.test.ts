import type { V1CronJobSpec, V1Job } from "@kubernetes/client-node";
import { expect } from "chai";
import { cronJobSpec, PROBE_NAME, PROGRAM_FILE } from "../../../../components/monitoring/cronJob.js";
import { readJobBundle } from "../../../../components/monitoring/jobBundle.js";
import { images } from "../../../../config/images.js";
import { integrityProbe } from "../../../../config/integrityProbe.js";
import { Cluster } from "../../../support/cluster.js";
import { login, RealRegistry } from "../../../support/realRegistry.js";
import { waitFor } from "../../../support/waitFor.js";

/** The CronJob's own pod template, in a real pod, on a registry with TLS of a private CA and a login. */
describe("the CronJob of the integrity probe, in the sandbox's cluster", function () {
    this.timeout(120_000);
    const cluster = Cluster.ofSandbox();
    const namespace = "sandbox-test-probe";
    const image = images.parse({}).node;
    const program = readJobBundle("integrity-probe");
    let registry: RealRegistry | undefined;
    let registryUrl = "";

    before(async function () {
        if (!(await cluster.isReal())) {
            console.log("      skipped: the node is simulated on this machine, where no container runs");
            this.skip();
        }
        registry = RealRegistry.create();
        for (const name of ["team/app", "team/site", "web"]) registry.storage.addIndex(name, "v1");
        registryUrl = (await registry.serve({ cache: true })).url.href;
        await cluster.createNamespace(namespace);
        const metadata = { name: PROBE_NAME };
        await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata } });
        const data = { [PROGRAM_FILE]: program.text, "ca.pem": registry.ca };
        await cluster.core.createNamespacedConfigMap({ namespace, body: { metadata, data } });
        await cluster.core.createNamespacedSecret({ namespace, body: { metadata, stringData: login } });
    });
    after(async () => {
        if (!registry) return;
        await cluster.deleteNamespace(namespace);
        await registry.stop();
    });

    function specOf(shards: number): V1CronJobSpec {
        const source = { path: "not/read", key: "here" };
        const probe = integrityProbe.parse({
            registryUrl,
            login: { username: source, password: source },
            ca: registry?.ca,
            pushgatewayUrl: process.env.PUSHGATEWAY_URL,
            instance: namespace,
            blobs: "all",
            shards,
        });
        return cronJobSpec({ probe, image, programHash: program.hash });
    }

    /** What `kubectl create job --from=cronjob/…` does, to its end. @returns the summary of each pod */
    async function runNow(name: string, shards: number): Promise<{ job: V1Job; summaries: Record<string, number>[] }> {
        const { spec } = specOf(shards).jobTemplate;
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
        const pods = await cluster.podsOf(namespace, `job-name=${name}`);
        const summaries = await Promise.all(
            pods.map(async ({ metadata }) =>
                JSON.parse(await cluster.core.readNamespacedPodLog({ namespace, name: metadata?.name ?? "" })),
            ),
        );
        return { job, summaries };
    }

    it("is taken as it is by the API server", async () => {
        const body = { metadata: { name: PROBE_NAME }, spec: { ...specOf(1), suspend: true } };
        const created = await cluster.batch.createNamespacedCronJob({ namespace, body });
        expect(created.spec?.jobTemplate.spec?.template.spec?.automountServiceAccountToken).to.equal(false);
    });

    it("walks the registry and ends well, without any right in the cluster", async () => {
        const { job, summaries } = await runNow("one", 1);
        expect(summaries).to.have.lengthOf(1);
        expect(summaries[0]).to.deep.include({ complete: true, repositories: 3, tags: 3, blobs: 18, broken: [] });
        expect(job.status?.succeeded).to.equal(1);
    });

    it("shares the registry among the pods of an Indexed Job", async () => {
        const { job, summaries } = await runNow("two", 2);
        expect(job.status?.succeeded).to.equal(2);
        expect(summaries.map(({ repositories = 0 }) => repositories).reduce((sum, n) => sum + n)).to.equal(3);
    });
});
