import { expect } from "chai";
import type { Resource } from "../../../../policies/lib/resource.js";
import { parseVaultPolicy } from "../../../../policies/lib/vaultPolicy.js";
import { declaredResources } from "../../../support/declared.js";
import { stackConfig } from "../../../support/settings.js";
import { vaultValues } from "../../../support/vaultValues.js";

describe("who the pipelines of stack prod are", function () {
    this.timeout(30_000);
    let declared: Resource[];
    before(async () => {
        declared = await declaredResources("prod");
    });
    const ofType = (type: string) => declared.filter((resource) => resource.type === type);
    const roles = () => ofType("vault:kubernetes/authBackendRole:AuthBackendRole").map((role) => role.properties);

    it("have a ServiceAccount, a role and a policy of their own each, for half an hour at most", () => {
        const names = ["default", "drift-detection", "postmortem-todos", "issue-automation", "provision-user"];
        const consumers = [
            ["woodpecker-deployer", "woodpecker-deployer"],
            ["secret-sync", "vault-secret-sync"],
            ...names.map((name) => [`woodpecker-${name}`, `woodpecker-${name}`]),
        ];
        expect(roles().map((role) => role.roleName)).to.have.members(consumers.map(([role]) => role));
        for (const { roleName, boundServiceAccountNames, tokenPolicies, tokenTtl, tokenMaxTtl } of roles()) {
            expect(boundServiceAccountNames).to.have.lengthOf(1).and.not.include("default");
            expect(tokenPolicies).to.deep.equal([roleName]);
            expect(Math.max(Number(tokenTtl), Number(tokenMaxTtl))).to.be.at.most(1800);
        }
        const accounts = roles().flatMap((role) => role.boundServiceAccountNames as string[]);
        expect(new Set(accounts).size).to.equal(accounts.length);
        const made = ofType("kubernetes:core/v1:ServiceAccount").map(({ properties }) => properties.metadata);
        expect(made.map((metadata) => (metadata as { name: string }).name)).to.include.members(accounts);
    });

    it("let the drift pipeline read all of Vault that a preview reads, and write nothing there", () => {
        const { properties } = ofType("vault:index/policy:Policy").find((policy) =>
            policy.name.endsWith("drift-detection-policy"),
        ) as Resource;
        const rules = new Map(
            parseVaultPolicy(String(properties.policy))?.map((rule) => [rule.path, rule.capabilities]),
        );
        const read = [
            ...ofType("vault:index/policy:Policy").map(
                (policy) => `sys/policies/acl/${String(policy.properties.name)}`,
            ),
            ...roles().map((role) => `auth/kubernetes/role/${String(role.roleName)}`),
            ...ofType("vault:kubernetes/secretBackendRole:SecretBackendRole").map(
                (role) => `kubernetes/roles/${String(role.properties.name)}`,
            ),
            ...[...vaultValues(stackConfig("prod")).keys()]
                .filter((path) => !stepsOnly.includes(path))
                .map((path) => `secret/data/${path}`),
        ];
        const listed = ["sys/policies/acl", "auth/kubernetes/role", "kubernetes/roles"];
        const own = ["auth/token/lookup-self", "auth/token/revoke-self"];
        expect([...rules.keys()]).to.include.members([...read, ...listed, ...own]);
        for (const [path, capabilities] of rules) {
            const allowed = path === "auth/token/revoke-self" ? "update" : listed.includes(path) ? "list" : "read";
            expect(capabilities, path).to.deep.equal([allowed]);
        }
    });

    it("let the drift pipeline read in the cluster, and write nothing there but its own memory", () => {
        const rulesOf = (type: string, name: string) => {
            const found = ofType(type).find(
                ({ properties }) => (properties.metadata as { name: string }).name === name,
            );
            return found?.properties.rules as { verbs: string[]; resources: string[]; resourceNames?: string[] }[];
        };
        const cluster = rulesOf("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "woodpecker-drift-detection");
        expect(new Set(cluster.flatMap(({ verbs }) => verbs))).to.deep.equal(new Set(["get", "list", "watch"]));
        const secrets = cluster.filter(({ resources }) => resources.includes("secrets"));
        expect(secrets.every(({ resourceNames }) => (resourceNames ?? []).length > 0)).to.equal(true);
        const memory = rulesOf("kubernetes:rbac.authorization.k8s.io/v1:Role", "cicd-drift-history");
        expect(memory).to.deep.equal([
            {
                apiGroups: [""],
                resources: ["configmaps"],
                resourceNames: ["cicd-drift-history"],
                verbs: ["get", "patch"],
            },
        ]);
    });

    it("give no pipeline the rights of another one's ServiceAccount in the cluster", () => {
        const bindings = ofType("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding").map(({ properties }) => [
            (properties.roleRef as { name: string }).name,
            (properties.subjects as { name: string }[]).map(({ name }) => name),
        ]);
        expect(bindings).to.have.deep.members([
            ["cluster-admin", ["woodpecker-default"]],
            ["woodpecker-drift-detection", ["woodpecker-drift-detection"]],
            ["woodpecker-renew-tls", ["woodpecker-renew-tls"]],
        ]);
    });
});

/** Read by steps themselves, as who they are; the program never sees them. */
const stepsOnly = ["claude-agent-service", "platform", "authentik"];
