import type { KubernetesObject, V1Deployment } from "@kubernetes/client-node";
import { expect } from "chai";
import { admissionObjects, clusterObjects } from "../../../../sandbox/parts/kubernetes/seedObjects.js";

describe("the objects that the sandbox's cluster is given", () => {
    const objects = clusterObjects("127.0.0.1:18500");
    const kind = (name: string) => objects.filter((object) => object.kind === name);
    const names = (found: KubernetesObject[]) =>
        found.map(({ metadata }) => [metadata?.namespace, metadata?.name].filter(Boolean).join("/"));

    it("come after the namespaces they are in", () => {
        const namespaces = new Set<string>();
        for (const { kind, metadata } of objects) {
            if (kind === "Namespace") namespaces.add(metadata?.name ?? "");
            else if (metadata?.namespace !== undefined) expect(namespaces).to.include(metadata.namespace);
        }
    });

    it("include the applications of the sandbox's stack, at a tag of zeros", () => {
        expect(names(kind("Deployment"))).to.have.members([
            "website/website",
            "shop/backend",
            "shop/frontend",
            "travel-blog/travel-blog",
        ]);
        for (const { spec, metadata } of kind("Deployment") as V1Deployment[]) {
            const [container, ...others] = spec?.template.spec?.containers ?? [];
            expect(others).to.deep.equal([]);
            expect(container?.name).to.equal(metadata?.name);
            expect(container?.image).to.match(/^127\.0\.0\.1:18500\/acme\/[a-z-]+:0{8}$/);
            expect(container?.ports, "host ports would block a rolling update").to.equal(undefined);
        }
    });

    it("give Vault's ServiceAccount the right to review tokens, and no other", () => {
        expect(kind("ClusterRoleBinding")).to.have.length(1);
        expect(kind("ClusterRoleBinding")[0]).to.deep.include({
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
            subjects: [{ kind: "ServiceAccount", namespace: "vault", name: "vault" }],
        });
    });

    it("send pods to the API server by its real port", () => {
        const [policy] = admissionObjects(23456) as unknown as [
            { spec: { mutations: { applyConfiguration: { expression: string } }[] } },
        ];
        const expressions = policy.spec.mutations.map(({ applyConfiguration }) => applyConfiguration.expression).join();
        expect(expressions).to.contain("hostNetwork: true");
        expect(expressions).to.contain('name: "KUBERNETES_SERVICE_PORT", value: "23456"');
    });
});
