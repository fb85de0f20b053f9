import { expect } from "chai";
import fc from "fast-check";
import { dockerConfig } from "../../../../components/kyverno/dockerConfig.js";
import { keepOfEvaluation, keepOfRules } from "../../../../components/kyverno/makeWay.js";
import { excludedNamespaces } from "../../../../components/kyverno/namespaces.js";
import { FIXED_FIELDS, spreadPolicy } from "../../../../components/kyverno/policies.js";
import { willPass } from "../../../../components/kyverno/readiness.js";
import { spreadRights } from "../../../../components/kyverno/rights.js";
import { leftBehind } from "../../../../components/kyverno/takeOver.js";
import { parseSettings } from "../../../../config/parse.js";
import { anyLabel, rawSettings } from "../../../support/settings.js";

const input = { sourceNamespace: "source", secretName: "pull", excludedNamespaces: ["kube-system", "alpha"] };
// biome-ignore lint/suspicious/noExplicitAny: documents are only compared.
const spec = (kind: "ClusterPolicy" | "GeneratingPolicy", changes: object = {}): any =>
    spreadPolicy(kind, { ...input, ...changes }).spec;

describe("the policy that spreads the registries' credential", () => {
    it("has one name in both interfaces, which the copies carry", () => {
        for (const kind of ["ClusterPolicy", "GeneratingPolicy"] as const) {
            expect(spreadPolicy(kind, input)).to.deep.include({ kind, metadata: { name: "sync-pull" } });
        }
    });

    it("as a ClusterPolicy serves existing namespaces, follows the source, and keeps the copies", () => {
        const [rule] = spec("ClusterPolicy").rules;
        expect(rule.generate).to.include({
            generateExisting: true,
            synchronize: true,
            orphanDownstreamOnPolicyDelete: true,
        });
        const [each] = rule.generate.foreach;
        expect(each).to.deep.include({ name: "pull", clone: { namespace: "source", name: "pull" } });
        expect(each.preconditions.all[0].value).to.deep.equal(["alpha", "kube-system", "source"]);
    });

    it("as a ClusterPolicy has nothing of the stack file in what Kyverno lets nobody change", () => {
        const fixed = (changes: object) => {
            const { generate: _, ...rule } = spec("ClusterPolicy", changes).rules[0];
            return rule;
        };
        expect(fixed({ excludedNamespaces: ["other"], sourceNamespace: "there", secretName: "x" })).to.deep.equal(
            fixed({}),
        );
        expect(FIXED_FIELDS.map((path) => path.split(".").at(-1))).to.deep.equal(Object.keys(fixed({})));
    });

    it("as a GeneratingPolicy does the same", () => {
        const { evaluation, matchConditions, variables } = spec("GeneratingPolicy");
        for (const key of ["generateExisting", "synchronize", "orphanDownstreamOnPolicyDelete"]) {
            expect(evaluation[key]).to.deep.equal({ enabled: true });
        }
        expect(matchConditions[0].expression).to.equal('!(object.metadata.name in ["alpha", "kube-system", "source"])');
        expect(variables[1].expression).to.equal('resource.Get("v1", "secrets", "source", "pull")');
    });

    it("excludes the source's namespace and each name once, in an order of their own", () => {
        fc.assert(
            fc.property(fc.array(anyLabel), anyLabel, (names, sourceNamespace) => {
                const of = (excluded: readonly string[]) =>
                    spec("ClusterPolicy", { sourceNamespace, excludedNamespaces: excluded }).rules[0].generate
                        .foreach[0].preconditions.all[0].value;
                const all = of(names);
                expect(all).to.deep.equal([...new Set([...names, sourceNamespace])].sort());
                expect(of([...names].reverse())).to.deep.equal(all);
            }),
        );
    });
});

describe("the file of logins", () => {
    it("names every host, in an order of its own, as engines read it", () => {
        const text = dockerConfig([
            { hosts: ["b.org", "10.0.0.1:5050"], username: "nodes", password: "p:w" },
            { hosts: ["a.org"], username: "x", password: "y" },
        ]);
        const { auths } = JSON.parse(text);
        expect(Object.keys(auths)).to.deep.equal(["10.0.0.1:5050", "a.org", "b.org"]);
        expect(Buffer.from(auths["b.org"].auth, "base64").toString()).to.equal("nodes:p:w");
        expect(auths["b.org"]).to.include({ username: "nodes", password: "p:w" });
    });
});

describe("the rights of Kyverno's controllers", () => {
    it("are on Secrets, each verb by name, and no more for the admission controller than to look", () => {
        for (const kind of ["ClusterPolicy", "GeneratingPolicy"] as const) {
            const [background, admission] = spreadRights(kind);
            for (const role of [background, admission]) {
                expect(role?.rules.map(({ resources }) => resources)).to.deep.equal([["secrets"]]);
                expect(Object.entries(role?.labels ?? {})).to.deep.equal([
                    [`rbac.kyverno.io/aggregate-to-${role?.controller}-controller`, "true"],
                ]);
            }
            expect(admission?.rules[0]?.verbs).to.deep.equal(["get", "list"]);
            expect(background?.rules[0]?.verbs.includes("watch")).to.equal(kind === "GeneratingPolicy");
        }
    });
});

describe("making way for a policy", () => {
    it("first tells the one that is there to keep its copies, and changes nothing else of it", () => {
        const rules = [
            { name: "clone", match: { any: [] }, generate: { kind: "Secret", synchronize: true } },
            { name: "check", validate: {} },
        ];
        expect(keepOfRules({ spec: { rules } })).to.deep.equal({
            spec: {
                rules: [
                    { ...rules[0], generate: { ...rules[0]?.generate, orphanDownstreamOnPolicyDelete: true } },
                    rules[1],
                ],
            },
        });
        expect(keepOfRules(spreadPolicy("ClusterPolicy", input) as never)).to.equal(undefined);
        expect(keepOfEvaluation({ spec: {} })).to.deep.equal({
            spec: { evaluation: { orphanDownstreamOnPolicyDelete: { enabled: true } } },
        });
        expect(keepOfEvaluation(spreadPolicy("GeneratingPolicy", input) as never)).to.equal(undefined);
    });

    it("leaves no copy behind that the other interface's policy wrote last, but those of excluded namespaces", () => {
        const copyIn = (namespace: string, ...labels: string[]) => ({
            metadata: {
                namespace,
                labels: Object.fromEntries(labels.map((name) => [`generate.kyverno.io/${name}`, "x"])),
            },
        });
        const copies = [copyIn("a", "rule-name"), copyIn("b", "trigger-name", "source-uid"), copyIn("c", "rule-name")];
        const left = (kind: "ClusterPolicy" | "GeneratingPolicy") =>
            leftBehind(copies, { kind, name: "sync-pull", excluded: ["c"] }).map(({ metadata }) => metadata.namespace);
        expect(left("GeneratingPolicy")).to.deep.equal(["a"]);
        expect(left("ClusterPolicy")).to.deep.equal(["b"]);
    });

    it("is tried again only for what passes", () => {
        const account = "system:serviceaccount:kyverno:kyverno-background-controller";
        expect(
            willPass(
                `path: spec.rules[0].generate: ${account} requires permissions create,update for resource v1/Secret`,
            ),
        ).to.equal(true);
        expect(willPass('failed calling webhook "validate-policy.kyverno.svc": connection refused')).to.equal(true);
        expect(willPass("changes of immutable fields of a rule spec in a generate rule is disallowed")).to.equal(false);
    });
});

describe("the namespaces that must exist", () => {
    it("are the excluded ones, but for those that the program makes", () => {
        const username = { path: "ci/registry", key: "username" };
        const { credentialSync } = parseSettings(
            rawSettings({
                credentialSync: {
                    registries: [{ hosts: ["a.org"], username, password: username }],
                    excludedNamespaces: ["kube-system", "monitoring", "typo"],
                },
                integrityProbe: { registryUrl: "https://a.org", createNamespace: true },
            }),
        );
        const needed = credentialSync ? excludedNamespaces(credentialSync) : [];
        expect(needed.map(({ object }) => object.name)).to.deep.equal(["kube-system", "typo"]);
        expect(needed[1]?.key).to.equal('cicd:credentialSync.excludedNamespaces: "typo"');
    });
});
