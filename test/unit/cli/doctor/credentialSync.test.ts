import { expect } from "chai";
import { credentialSync } from "../../../../cli/doctor/checks/credentialSync.js";
import { pullSecrets } from "../../../../cli/doctor/checks/pullSecrets.js";

const up = "pulumi up --stack prod";
const kept = { "generate.kyverno.io/policy-name": "sync-pull", "generate.kyverno.io/rule-name": "copy-secret" };
const copy = (data: string, labels: Readonly<Record<string, string>> = kept) => ({ data, labels });
const facts = {
    up,
    secretName: "pull",
    sourceNamespace: "source",
    excludedNamespaces: ["games"],
    policy: { kind: "ClusterPolicy" as "ClusterPolicy" | "GeneratingPolicy", name: "sync-pull" },
    isReady: true as boolean | undefined,
    namespaces: ["games", "kube-system", "source", "web"],
    secrets: new Map([
        ["source", copy("one", {})],
        ["web", copy("one")],
    ]),
};
type Facts = typeof facts;
const found = (changes: Partial<Facts>) =>
    credentialSync
        .judge({ ...facts, ...changes })
        .findings.map(({ severity, subject, found: words }) => `${severity} ${subject}: ${words}`);

describe("what doctor makes of the registries' credential", () => {
    it("that is in every namespace but the excluded ones, and those that Kyverno does not look at", () => {
        expect(found({})).deep.equal([]);
    });

    it("that is missing somewhere, old somewhere, or left in an excluded namespace", () => {
        const secrets = new Map([
            ["source", copy("two", {})],
            ["web", copy("one")],
            ["games", copy("one")],
        ]);
        expect(found({ secrets, namespaces: [...facts.namespaces, "shop"] })).deep.equal([
            "warning Secret games/pull: is in an excluded namespace, where nobody renews or removes it",
            "broken Secret web/pull: is not what its source is",
            "broken Secret shop/pull: is missing: nothing of the registry can be pulled",
        ]);
    });

    it("that a rotation leaves behind, as another policy made it", () => {
        const policy = { kind: "GeneratingPolicy", name: "sync-pull" } as const;
        expect(found({ policy })).deep.equal([
            "warning Secret web/pull: was written last by a policy that is gone: a rotation leaves it behind",
        ]);
        const secrets = new Map([...facts.secrets, ["web", copy("one", {})]]);
        expect(found({ secrets })).deep.equal([
            "warning Secret web/pull: is not a copy of ClusterPolicy sync-pull: a rotation leaves it behind",
        ]);
        expect(found({ policy, isReady: undefined })).deep.equal([
            "broken GeneratingPolicy sync-pull: is missing: no new namespace gets the credential",
        ]);
    });

    it("without a source, or without a policy that works", () => {
        expect(found({ secrets: new Map() })).deep.equal([
            "broken Secret source/pull: is missing: it is what every copy is made of",
        ]);
        expect(found({ isReady: undefined })).deep.equal([
            "broken ClusterPolicy sync-pull: is missing: no new namespace gets the credential",
        ]);
        expect(found({ isReady: false })).deep.equal(["broken ClusterPolicy sync-pull: is not ready"]);
    });

    it("that pods of an excluded namespace name", () => {
        const reference = { namespace: "games", secret: "pull", wantedBy: "Deployment chess" };
        const mends = (spread: typeof facts | undefined) =>
            pullSecrets.judge({ up, spread, references: [reference] }).findings.map(({ mend }) => mend);
        expect(mends(undefined)).deep.equal([up]);
        expect(mends(facts)).deep.equal([`take games out of cicd:credentialSync.excludedNamespaces, then ${up}`]);
    });
});
