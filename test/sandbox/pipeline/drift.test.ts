import { expect } from "chai";
import { Cluster } from "../../support/cluster.js";
import { github, vault, woodpecker } from "../../support/servers.js";
import { demandSuccess, exit, stack } from "../../support/stack.js";

const repository = "acme/website";
const namespace = "website";
const account = "cicd-deployer-website";

/** Something done behind the program's back. */
interface Edit {
    readonly what: string;
    readonly make: () => Promise<unknown>;
    /** The resource that a preview must name. */
    readonly resource: string;
    /** Throws while the edit is still there. */
    readonly mended: () => Promise<void>;
}

const onGitHub: readonly Edit[] = [
    {
        what: "a workflow file",
        make: () => github.writeFile(repository, ".woodpecker/deploy.yml", "steps: []\n"),
        resource: "RepositoryFile",
        mended: async () => {
            expect(await github.file(repository, ".woodpecker/deploy.yml")).to.include("DEPLOY_APP");
        },
    },
    {
        what: "an Actions variable",
        make: () =>
            github.api("PATCH", `/repos/${repository}/actions/variables/WOODPECKER_URL`, {
                name: "WOODPECKER_URL",
                value: "http://elsewhere.test",
            }),
        resource: "ActionsVariable",
        mended: async () => {
            const { value } = await github.api("GET", `/repos/${repository}/actions/variables/WOODPECKER_URL`);
            expect(value).to.equal(process.env.WOODPECKER_SERVER);
        },
    },
    {
        what: "an Actions secret deleted",
        make: () => github.api("DELETE", `/repos/${repository}/actions/secrets/WOODPECKER_TOKEN`),
        resource: "ActionsSecret",
        mended: async () => {
            await github.api("GET", `/repos/${repository}/actions/secrets/WOODPECKER_TOKEN`);
        },
    },
];

const onWoodpecker: readonly Edit[] = [
    {
        what: "a setting of a repository",
        make: async () => woodpecker.api("PATCH", `/repos/${await woodpecker.idOf(repository)}`, { timeout: 7 }),
        resource: "woodpecker:index:Repository",
        mended: async () => {
            const { timeout } = await woodpecker.api("GET", `/repos/${await woodpecker.idOf(repository)}`);
            expect(timeout).not.to.equal(7);
        },
    },
    {
        what: "another repository deactivated",
        make: async () => woodpecker.api("DELETE", `/repos/${await woodpecker.idOf("acme/shop")}`),
        resource: "shop",
        mended: async () => {
            const { active } = await woodpecker.api("GET", `/repos/lookup/acme/shop`);
            expect(active).to.equal(true);
        },
    },
    {
        what: "a secret deleted",
        make: async () => woodpecker.api("DELETE", `/repos/${await woodpecker.idOf(repository)}/secrets/slack_webhook`),
        resource: "woodpecker:index:RepositorySecret",
        mended: async () => {
            await woodpecker.api("GET", `/repos/${await woodpecker.idOf(repository)}/secrets/slack_webhook`);
        },
    },
];

const inVault: readonly Edit[] = [
    {
        what: "a policy",
        make: () =>
            vault.api("PUT", "sys/policies/acl/woodpecker-deployer", {
                policy: 'path "secret/*" { capabilities = ["read"] }',
            }),
        resource: "vault:index/policy:Policy",
        mended: async () => {
            const { data } = await vault.api("GET", "sys/policies/acl/woodpecker-deployer");
            expect(JSON.stringify(data)).not.to.include("secret/*");
        },
    },
    {
        what: "the role of an application deleted",
        make: () => vault.api("DELETE", "kubernetes/roles/website-deployer"),
        resource: "SecretBackendRole",
        mended: async () => {
            await vault.api("GET", "kubernetes/roles/website-deployer");
        },
    },
    {
        what: "the login role",
        make: () =>
            vault.api("POST", "auth/kubernetes/role/woodpecker-deployer", {
                bound_service_account_names: "*",
                bound_service_account_namespaces: "woodpecker",
            }),
        resource: "AuthBackendRole",
        mended: async () => {
            const { data } = await vault.api("GET", "auth/kubernetes/role/woodpecker-deployer");
            expect(data).to.have.deep.property("bound_service_account_names", ["woodpecker-deployer"]);
        },
    },
];

const inKubernetes: readonly Edit[] = [
    {
        what: "the verbs of a Role",
        make: async () => {
            const role = await rbac().readNamespacedRole({ namespace, name: account });
            role.rules = [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["*"] }];
            await rbac().replaceNamespacedRole({ namespace, name: account, body: role });
        },
        resource: "rbac.authorization.k8s.io/v1:Role",
        mended: async () => {
            const role = await rbac().readNamespacedRole({ namespace, name: account });
            expect(role.rules?.[0]?.verbs).not.to.include("*");
        },
    },
    {
        what: "a ServiceAccount deleted",
        make: () => Cluster.ofSandbox().core.deleteNamespacedServiceAccount({ namespace, name: account }),
        resource: "core/v1:ServiceAccount",
        mended: async () => {
            await Cluster.ofSandbox().core.readNamespacedServiceAccount({ namespace, name: account });
        },
    },
];

let rbacApi: import("@kubernetes/client-node").RbacAuthorizationV1Api;
const rbac = () => rbacApi;

describe("an edit behind the program's back", function () {
    this.timeout("4m");

    before(async () => {
        const { RbacAuthorizationV1Api } = await import("@kubernetes/client-node");
        rbacApi = Cluster.ofSandbox().config.makeApiClient(RbacAuthorizationV1Api);
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program"));
    });

    it("is none when nobody edited anything: a second preview has no change", async () => {
        const { code, output } = await stack.preview();
        expect(code, output).to.equal(exit.clean);
    });

    for (const [system, edits] of Object.entries({
        GitHub: onGitHub,
        Woodpecker: onWoodpecker,
        Vault: inVault,
        Kubernetes: inKubernetes,
    })) {
        it(`${system}: is seen, named and mended: ${edits.map(({ what }) => what).join(", ")}`, async () => {
            for (const { make } of edits) await make();
            const { code, output } = await stack.preview();
            expect(code, output).to.equal(exit.changes);
            for (const { resource } of edits) expect(output).to.include(resource);
            demandSuccess(await stack.up("--refresh", "--run-program"));
            for (const { mended } of edits) await mended();
            const again = await stack.preview();
            expect(again.code, again.output).to.equal(exit.clean);
        });
    }
});
