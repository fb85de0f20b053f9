import { expect } from "chai";
import { kubernetesAuditor } from "../../../../jobs/drift/audit/kubernetes/audit.js";
import type { KubernetesApi, KubernetesObject } from "../../../../jobs/drift/kubernetes.js";
import type { StateResource } from "../../../../jobs/drift/state.js";

const SECRET = "hunter2";
const APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

async function shownOf(declared: KubernetesObject, live: KubernetesObject): Promise<string> {
    const { apiVersion, kind } = declared;
    const resource: StateResource = {
        urn: "urn:pulumi:prod::cicd::kubernetes:core/v1:Secret::x",
        type: `kubernetes:${apiVersion === "v1" ? "core/v1" : String(apiVersion)}:${String(kind)}`,
        custom: true,
        inputs: declared,
        outputs: declared,
    };
    const api = { get: async () => live, list: async () => [] } as unknown as KubernetesApi;
    const { findings, unreadable } = await kubernetesAuditor("prod", [resource], async () => api).audit();
    expect(unreadable).to.deep.equal([]);
    expect(findings).to.have.lengthOf(1);
    return JSON.stringify(findings);
}

describe("what the audit of Kubernetes shows", () => {
    it("is nothing of a Secret but its labels, not even kubectl's copy of it", async () => {
        const metadata = { name: "login", namespace: "web" };
        const declared = { apiVersion: "v1", kind: "Secret", metadata, data: { a: "x" } };
        const annotations = { [APPLIED]: JSON.stringify({ data: { a: SECRET } }), note: SECRET };
        const text = await shownOf(declared, {
            ...declared,
            metadata: { ...metadata, labels: { team: "blue" }, annotations },
            data: { a: "x", b: SECRET },
        });
        expect(text).to.include("team").and.include("blue");
        expect(text).to.not.include(SECRET);
    });

    it("is nothing of a variable that is called secret, in kubectl's copy and where it stands", async () => {
        const metadata = { name: "job", namespace: "web" };
        const env = (more: object) => ({ containers: [{ name: "a", env: [{ name: "API_TOKEN", ...more }] }] });
        const declared = { apiVersion: "batch/v1", kind: "CronJob", metadata, spec: env({ valueFrom: {} }) };
        const fieldsV1 = {
            "f:spec": {
                "f:containers": { 'k:{"name":"a"}': { "f:env": { 'k:{"name":"API_TOKEN"}': { "f:value": {} } } } },
            },
        };
        const text = await shownOf(declared, {
            ...declared,
            metadata: {
                ...metadata,
                annotations: { [APPLIED]: JSON.stringify(env({ value: SECRET })) },
                managedFields: [{ manager: "kubectl-edit", operation: "Update", fieldsV1 }],
            },
            spec: env({ valueFrom: {}, value: SECRET }),
        });
        expect(text).to.include("spec.containers[0].env[0].value").and.include("last-applied-configuration");
        expect(text).to.not.include(SECRET);
    });
});
