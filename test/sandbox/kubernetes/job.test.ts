import type { V1Job, V1PodSpec } from "@kubernetes/client-node";
import { expect } from "chai";
import { jobImage } from "../../../sandbox/parts/kubernetes/jobImage.js";
import { Cluster } from "../../support/cluster.js";
import { waitFor } from "../../support/waitFor.js";

const script = `
import { readFileSync } from "node:fs";
import { get } from "node:https";
const account = "/var/run/secrets/kubernetes.io/serviceaccount";
const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, GREETING, CODE } = process.env;
const request = { host, port, path: "/version", ca: readFileSync(account + "/ca.crt") };
const headers = { authorization: "Bearer " + readFileSync(account + "/token") };
get({ ...request, headers }, (response) => {
    const password = readFileSync("/secrets/password", "utf8");
    const audience = JSON.parse(Buffer.from(readFileSync("/tokens/vault", "utf8").split(".")[1], "base64url")).aud;
    console.log(JSON.stringify({ greeting: GREETING, password, audience, api: response.statusCode, uid: process.getuid() }));
    response.destroy();
    process.exitCode = Number(CODE);
});
`;

describe("a CronJob's Job in the sandbox", function () {
    this.timeout(60_000);
    const cluster = Cluster.ofSandbox();
    const namespace = "sandbox-test-job";

    const podOf = async (job: string) => {
        const [pod] = await cluster.podsOf(namespace, `job-name=${job}`);
        if (pod?.metadata?.name === undefined) throw new Error(`${job} has no pod yet`);
        return { ...pod, name: pod.metadata.name };
    };
    /** What `kubectl create job --from=cronjob/probe` does. */
    const runNow = async (name: string, code: number): Promise<V1Job> => {
        const cronJob = await cluster.batch.readNamespacedCronJob({ namespace, name: "probe" });
        const spec = structuredClone(cronJob.spec?.jobTemplate.spec);
        const container = spec?.template.spec?.containers[0];
        if (spec === undefined || container === undefined) throw new Error("the CronJob has no container");
        container.env = [{ name: "CODE", value: String(code) }];
        await cluster.batch.createNamespacedJob({ namespace, body: { metadata: { name }, spec } });
        return await waitFor(`${name} to end`, async () => {
            const job = await cluster.batch.readNamespacedJob({ namespace, name });
            if (!job.status?.conditions?.some(({ type }) => type === "Complete" || type === "Failed")) {
                throw new Error(JSON.stringify((await podOf(name)).status?.containerStatuses));
            }
            return job;
        });
    };

    before(async function () {
        if (!(await cluster.isReal())) {
            console.log("      skipped: the node is simulated on this machine, where no container runs");
            this.skip();
        }
        await cluster.createNamespace(namespace);
        await cluster.core.createNamespacedConfigMap({
            namespace,
            body: { metadata: { name: "scripts" }, data: { "probe.mjs": script } },
        });
        await cluster.core.createNamespacedSecret({
            namespace,
            body: { metadata: { name: "credentials" }, stringData: { password: "planted", GREETING: "hello" } },
        });
        await cluster.batch.createNamespacedCronJob({
            namespace,
            body: {
                metadata: { name: "probe" },
                spec: {
                    schedule: "0 0 1 1 *",
                    jobTemplate: { spec: { backoffLimit: 0, template: { spec: podSpec() } } },
                },
            },
        });
    });
    after(async () => {
        if (await cluster.isReal()) await cluster.deleteNamespace(namespace);
    });

    it("runs Node with variables of a Secret, files and tokens, and reaches the API server as in any cluster", async () => {
        const job = await runNow("good", 0);
        expect(job.status?.succeeded).to.equal(1);
        const { name } = await podOf("good");
        expect(JSON.parse(await cluster.core.readNamespacedPodLog({ namespace, name }))).to.deep.equal({
            greeting: "hello",
            password: "planted",
            audience: ["vault"],
            api: 200,
            uid: 65534,
        });
    });

    it("fails with the exit code of its program", async () => {
        const job = await runNow("bad", 3);
        expect(job.status?.failed).to.equal(1);
        expect((await podOf("bad")).status?.containerStatuses?.[0]?.state?.terminated?.exitCode).to.equal(3);
    });
});

function podSpec(): V1PodSpec {
    return {
        restartPolicy: "Never",
        securityContext: { runAsUser: 65534, runAsNonRoot: true },
        containers: [
            {
                name: "probe",
                image: jobImage(process.cwd()),
                command: ["node", "/scripts/probe.mjs"],
                envFrom: [{ secretRef: { name: "credentials" } }],
                securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
                volumeMounts: [
                    { name: "scripts", mountPath: "/scripts", readOnly: true },
                    { name: "secrets", mountPath: "/secrets", readOnly: true },
                    { name: "tokens", mountPath: "/tokens", readOnly: true },
                ],
            },
        ],
        volumes: [
            { name: "scripts", configMap: { name: "scripts" } },
            { name: "secrets", secret: { secretName: "credentials" } },
            {
                name: "tokens",
                projected: {
                    sources: [{ serviceAccountToken: { path: "vault", audience: "vault", expirationSeconds: 600 } }],
                },
            },
        ],
    };
}
