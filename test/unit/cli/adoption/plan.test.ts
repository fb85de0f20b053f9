import { expect } from "chai";
import { differences } from "../../../../cli/adoption/differences.js";
import { newObjects, type PreviewStep, planOf, planText } from "../../../../cli/adoption/plan.js";
import { describeObject, type ServerObject } from "../../../../components/adoption/serverObject.js";

const step = (op: string, type: string, inputs: object, parent = "parent"): PreviewStep => ({
    op,
    urn: `urn::${type}`,
    newState: { type, parent, inputs: inputs as Record<string, unknown> },
});

describe("the plan of an adoption", () => {
    it("is about what the state does not have, made or imported, and not about components", () => {
        const steps = [
            step("create", "cicd:app:AppPipeline", {}),
            step("create", "vault:index/policy:Policy", { name: "new" }),
            step("import", "vault:index/authBackend:AuthBackend", { path: "kubernetes" }),
            step("same", "vault:index/policy:Policy", { name: "known" }),
            step("create", "woodpecker:index:Repository", { fullName: "acme/website" }, "registration"),
            step("create", "woodpecker:index:RepositorySecret", { name: "token" }, "registration"),
        ];
        expect(newObjects(steps, {}).map(({ object }) => describeObject(object))).to.deep.equal([
            "Vault policy new",
            "Vault auth method kubernetes",
            "Woodpecker repository acme/website",
            "Woodpecker secret token in acme/website",
        ]);
    });

    it("says of each object whether it is made, kept, changed or written over", async () => {
        const steps = [
            step("create", "vault:index/policy:Policy", { name: "new", policy: "a" }),
            step("create", "vault:index/policy:Policy", { name: "other", policy: "a" }),
            step("create", "vault:index/policy:Policy", { name: "same", policy: "a" }),
            step("create", "github:index/actionsSecret:ActionsSecret", {
                repository: "website",
                secretName: "TOKEN",
                value: "[secret]",
            }),
        ];
        const live: Record<string, object> = {
            other: { policy: "b" },
            same: { policy: "a" },
            TOKEN: { name: "TOKEN" },
        };
        const objects = await planOf(newObjects(steps, { owner: "acme" }), async ({ name }) => live[name] as never);
        expect(objects.map(({ name, fate }) => [name, fate])).to.deep.equal([
            ["TOKEN", "overwrite"],
            ["new", "create"],
            ["other", "change"],
            ["same", "keep"],
        ]);
        expect(planText(objects, "prod")).to.equal(
            [
                "GitHub: 1 of 1 exist",
                "  ! secret TOKEN in acme/website",
                "",
                "Vault: 2 of 3 exist, 1 would be made",
                "  ~ policy other",
                "      policy: b -> a",
                "  = policy same",
                "",
                "The first up of prod would make 1, change 1 (~), write over 1 whose value cannot be read (!), and leave 1 as they are (=). Nothing was changed.",
            ].join("\n"),
        );
        expect(planText([], "prod")).to.equal("The state of prod has every object; there is nothing to adopt.");
    });
});

describe("a difference between an object that exists and its declaration", () => {
    const vaultRole: ServerObject = { system: "Vault", kind: "role", name: "sync", within: "auth/kubernetes" };
    const object = (kind: string): ServerObject => ({ system: "Kubernetes", kind, name: "n", apiVersion: "v1" });

    it("is found under the name that Vault and Woodpecker have for a property, lists being sets", () => {
        const inputs = {
            backend: "kubernetes",
            roleName: "sync",
            tokenTtl: 900,
            tokenPolicies: ["a", "b"],
            audience: "x",
        };
        const live = { token_ttl: 60, token_policies: ["b", "a"], audience: "x", token_type: "default" };
        expect(differences(vaultRole, inputs, live)).to.deep.equal([{ path: "tokenTtl", live: "60", declared: "900" }]);
    });

    it("is none where nothing is declared, and in nothing the server adds to a Kubernetes object", () => {
        const inputs = {
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: { name: "n", namespace: "website", labels: { app: "n" } },
            automountServiceAccountToken: false,
        };
        const live = { metadata: { uid: "1", labels: { app: "n", more: "x" } }, automountServiceAccountToken: false };
        expect(differences(object("ServiceAccount"), inputs, live)).to.deep.equal([]);
    });

    it("names the place in a Kubernetes object", () => {
        const inputs = { metadata: { name: "n" }, rules: [{ apiGroups: ["apps"], verbs: ["get", "patch"] }] };
        const live = { metadata: { name: "n" }, rules: [{ apiGroups: ["apps"], verbs: ["*"] }] };
        expect(differences(object("Role"), inputs, live)).to.deep.equal([
            { path: "rules[0].verbs", live: '["*"]', declared: '["get","patch"]' },
        ]);
    });

    it("is none where the declared value is known only once the update runs", () => {
        const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
        const inputs = { metadata: { name: "n", annotations: { "cicd/rights": unknown } }, spec: { schemaVersion: 1 } };
        const live = { metadata: { annotations: { "cicd/rights": "a b" } }, spec: { schemaVersion: 1 } };
        expect(differences(object("ClusterPolicy"), inputs, live)).to.deep.equal([]);
    });

    it("counts lines of a file, and shows no secret", () => {
        const file: ServerObject = { system: "GitHub", kind: "file", name: "deploy.yml", within: "acme/website" };
        const content = Buffer.from("a: 1\nb: 2\n").toString("base64");
        expect(differences(file, { content: "a: 1\nb: 3\nc: 4\n" }, { content })).to.deep.equal([
            { path: "content", live: "1 other line", declared: "2 other lines" },
        ]);
        const config: ServerObject = { system: "Vault", kind: "configuration", name: "auth/kubernetes/config" };
        const inputs = { tokenReviewerJwt: "[secret]", kubernetesHost: "https://a" };
        expect(differences(config, inputs, { kubernetes_host: "https://a" })).to.deep.equal([]);
    });
});
