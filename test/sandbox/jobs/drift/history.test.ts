import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RbacAuthorizationV1Api } from "@kubernetes/client-node";
import { expect } from "chai";
import { HISTORY_KEY, HISTORY_NAME } from "../../../../components/drift/names.js";
import { advance, emptyHistory, type History } from "../../../../jobs/drift/history/history.js";
import { ConfigMapStore, HistoryChanged } from "../../../../jobs/drift/history/store.js";
import { KubernetesApi } from "../../../../jobs/drift/kubernetes.js";
import { Deadline } from "../../../../jobs/lib/deadline.js";
import { Cluster } from "../../../support/cluster.js";
import { aFinding, aResult } from "../../../support/drift/findings.js";

const namespace = "sandbox-test-drift";
const account = "drift";

describe("the history in a ConfigMap, with the rights that are declared for it", function () {
    this.timeout("1m");
    const cluster = Cluster.ofSandbox();
    const directory = mkdtempSync(join(tmpdir(), "drift-history-"));
    const at = { namespace, name: HISTORY_NAME };
    let store: ConfigMapStore;

    const put = (binaryData?: Record<string, string>) =>
        cluster.core.replaceNamespacedConfigMap({
            ...at,
            body: { metadata: { name: HISTORY_NAME }, ...(binaryData && { binaryData }) },
        });
    const packed = async () => (await cluster.core.readNamespacedConfigMap(at)).binaryData?.[HISTORY_KEY];
    const failure = (work: Promise<unknown>) =>
        work.then(
            () => undefined,
            (error: unknown) => error as Error,
        );

    before(async () => {
        await cluster.createNamespace(namespace);
        await cluster.core.createNamespacedConfigMap({ namespace, body: { metadata: { name: HISTORY_NAME } } });
        const kubeconfig = join(directory, "kubeconfig");
        writeFileSync(kubeconfig, JSON.stringify(await ownConfig()), { mode: 0o600 });
        const { KUBECONFIG } = process.env;
        process.env.KUBECONFIG = kubeconfig;
        const api = await KubernetesApi.connect(new Deadline(60), 10_000).finally(() => {
            process.env.KUBECONFIG = KUBECONFIG;
        });
        store = new ConfigMapStore(async () => api, namespace, HISTORY_NAME);
    });
    after(async () => {
        rmSync(directory, { recursive: true });
        await cluster.deleteNamespace(namespace);
    });
    beforeEach(() => put());

    /** As component `DriftDetection` declares it: this ConfigMap may be read and changed, and nothing else. */
    async function ownConfig(): Promise<object> {
        const rbac = cluster.config.makeApiClient(RbacAuthorizationV1Api);
        const metadata = { name: account };
        const resource = { apiGroups: [""], resources: ["configmaps"], resourceNames: [HISTORY_NAME] };
        await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata } });
        await rbac.createNamespacedRole({
            namespace,
            body: { metadata, rules: [{ ...resource, verbs: ["get", "patch"] }] },
        });
        const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: account };
        const subjects = [{ kind: "ServiceAccount", name: account, namespace }];
        await rbac.createNamespacedRoleBinding({ namespace, body: { metadata, roleRef, subjects } });
        const request = { namespace, name: account, body: { spec: { audiences: [] } } };
        const { status } = await cluster.core.createNamespacedServiceAccountToken(request);
        const { caData } = cluster.config.getCurrentCluster() ?? {};
        return {
            clusters: [{ name: "c", cluster: { server: cluster.server, "certificate-authority-data": caData } }],
            users: [{ name: "u", user: { token: status?.token } }],
            contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
            "current-context": "c",
        };
    }

    it("is empty at first, and holds as many findings as it may", async () => {
        const { history, mark } = await store.load();
        expect(history).to.deep.equal(emptyHistory);
        const findings = Array.from({ length: 5000 }, (_, i) =>
            aFinding({ resource: `urn:${i}`, name: `Role web/r${i}` }),
        );
        const full = advance(history, [aResult({ findings })], 7);
        await store.save(full, mark);
        expect((await store.load()).history).to.deep.equal(full);
    });

    it("is not overwritten when another run wrote it meanwhile", async () => {
        const { mark } = await store.load();
        const first: History = advance(emptyHistory, [aResult({ findings: [aFinding()] })], 7);
        await store.save(first, mark);
        expect(await failure(store.save(emptyHistory, mark))).to.be.instanceOf(HistoryChanged);
        expect((await store.load()).history).to.deep.equal(first);
    });

    it("is not read as empty when it is broken", async () => {
        const garbage = Buffer.from("garbage").toString("base64");
        await put({ [HISTORY_KEY]: garbage });
        expect((await failure(store.load()))?.message).to.include("is not gzip");
        expect(await packed()).to.equal(garbage);
    });

    it("is not made where the stack has not declared it", async () => {
        await cluster.core.deleteNamespacedConfigMap(at);
        try {
            expect((await failure(store.load()))?.message).to.match(/does not exist; the stack declares it/);
        } finally {
            await cluster.core.createNamespacedConfigMap({ namespace, body: { metadata: { name: HISTORY_NAME } } });
        }
    });
});
