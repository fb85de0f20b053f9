import { expect } from "chai";
import { KubernetesObjects } from "../../../../components/adoption/kubernetesObjects.js";
import { makeWay } from "../../../../components/kyverno/makeWay.js";
import { spreadPolicy } from "../../../../components/kyverno/policies.js";
import { untilTakenOver } from "../../../../components/kyverno/takeOver.js";
import { extrasOf } from "../../../../jobs/drift/audit/kubernetes/compare.js";
import { Cluster } from "../../../support/cluster.js";
import { Spread } from "../../../support/kyverno.js";
import { waitFor } from "../../../support/waitFor.js";

/** The policies that the program declares, by the real Kyverno of the sandbox, one after the other as an operator changes them. */
describe("the registry credential in every namespace, by Kyverno", function () {
    this.timeout(120_000);
    const cluster = Cluster.ofSandbox();
    const sourceNamespace = "sandbox-test-source";
    const excluded = "sandbox-test-excluded";
    const early = "sandbox-test-early";
    const late = "sandbox-test-late";
    const input = { sourceNamespace, secretName: "sandbox-test-pull", excludedNamespaces: [excluded] };
    const spread = new Spread(cluster, input);
    const objects = new KubernetesObjects();
    const rotate = (password: string) => spread.setPassword("registry.example.org", "nodes", password);
    const created: string[] = [];

    async function createNamespace(name: string): Promise<void> {
        created.push(name);
        await cluster.createNamespace(name);
    }

    before(async () => {
        for (const name of [sourceNamespace, excluded, early]) await createNamespace(name);
        await rotate("first");
    });
    after(async () => {
        await spread.remove();
        for (const name of created) await cluster.deleteNamespace(name).catch(() => {});
    });

    it("reaches namespaces that exist and those that are made later, and not the excluded ones", async () => {
        await spread.declare("ClusterPolicy");
        await spread.reaches("first", early);
        await createNamespace(late);
        await spread.reaches("first", late);
        expect(await spread.copyIn(excluded).catch(({ code }) => code)).to.equal(404);
        const { type } = await spread.copyIn(late);
        expect(type).to.equal("kubernetes.io/dockerconfigjson");
    });

    it("follows a rotation, and comes back where somebody deletes it", async () => {
        await rotate("second");
        await spread.reaches("second", early, late);
        await cluster.core.deleteNamespacedSecret({ namespace: early, name: input.secretName });
        await spread.reaches("second", early);
    });

    it("takes another exclusion as it is, without a replacement, and takes nothing away by it", async () => {
        const before = await spread.identities(early, late);
        await spread.declare("ClusterPolicy", { excludedNamespaces: [early] });
        await spread.reaches("second", excluded);
        expect(await spread.identities(early, late)).to.deep.equal(before);
        // What is excluded from now on keeps what it has; that it is not renewed stops nobody else's rotation.
        await rotate("third");
        await spread.reaches("third", excluded, late);
        await spread.reaches("second", early);
        await spread.declare("ClusterPolicy");
        await spread.reaches("third", early);
    });

    it("is no drift to the audit: Kyverno's label on the source, its own defaults in the policy", async () => {
        const isOurs = (manager: string) => manager === "test";
        const source = { apiVersion: "v1", kind: "Secret", name: input.secretName, within: sourceNamespace };
        const live = (await objects.read({ system: "Kubernetes", ...source })) ?? {};
        expect(live).to.have.nested.property("metadata.labels.generate\\.kyverno\\.io/clone-source");
        const declared = { type: live.type, data: live.data, metadata: {} };
        expect(extrasOf(declared, live, isOurs)).to.deep.equal([]);
        const document = spreadPolicy("ClusterPolicy", input);
        const policy = await objects.read({ system: "Kubernetes", ...document, name: spread.policy });
        expect(extrasOf({ ...document }, policy ?? {}, isOurs)).to.deep.equal([]);
    });

    it("stays in every namespace while the policy is replaced, and is renewed by the new one", async () => {
        const before = await spread.identities(early, late);
        await makeWay(objects, spread.policy);
        expect(await spread.identities(early, late)).to.deep.equal(before);
        await spread.declare("ClusterPolicy");
        await rotate("fourth");
        await spread.reaches("fourth", early, late);
        expect(await spread.identities(early, late)).to.deep.equal(before);
    });

    it("stays while a policy that would take everything with it makes way", async () => {
        const policy = spreadPolicy("ClusterPolicy", input) as unknown as { spec: { rules: { generate: object }[] } };
        for (const rule of policy.spec.rules)
            rule.generate = { ...rule.generate, orphanDownstreamOnPolicyDelete: false };
        await spread.apply(policy);
        const before = await spread.identities(early, late);
        await makeWay(objects, spread.policy);
        await spread.declare("ClusterPolicy");
        await rotate("fifth");
        await spread.reaches("fifth", early, late);
        expect(await spread.identities(early, late)).to.deep.equal(before);
    });

    for (const [kind, password] of [
        ["GeneratingPolicy", "sixth"],
        ["ClusterPolicy", "seventh"],
    ] as const) {
        it(`stays while a ${kind} takes its place, which serves existing and new namespaces and follows the source`, async () => {
            const before = await spread.identities(early, late);
            await makeWay(objects, spread.policy);
            await spread.declare(kind);
            expect(await untilTakenOver(objects, { kind, name: spread.policy, excluded: [excluded] })).to.deep.equal(
                [],
            );
            const another = `sandbox-test-${password}`;
            await createNamespace(another);
            await spread.reaches(kind === "GeneratingPolicy" ? "fifth" : "sixth", another);
            await rotate(password);
            await spread.reaches(password, early, late, another);
            expect(await spread.identities(early, late)).to.deep.equal(before);
        });
    }

    it("stays when the policy is deleted", async () => {
        const before = await spread.identities(early, late);
        await spread.deletePolicy("ClusterPolicy");
        await waitFor("the policy to be gone", async () => {
            if (
                await objects.read({
                    system: "Kubernetes",
                    ...spreadPolicy("ClusterPolicy", input),
                    name: spread.policy,
                })
            )
                throw new Error("it is there");
        });
        // What it had begun it ends without the policy, also after a conflict.
        await waitFor("Kyverno to have nothing left to do for it", async () => {
            const requests = { system: "Kubernetes", kind: "UpdateRequest", apiVersion: "kyverno.io/v2" } as const;
            const left = (await objects.list(requests)).filter(
                ({ spec }) => (spec as { policy?: string } | undefined)?.policy === spread.policy,
            );
            expect(left).to.deep.equal([]);
        });
        expect(await spread.identities(early, late)).to.deep.equal(before);
        await spread.reaches("seventh", early, late);
    });
});
