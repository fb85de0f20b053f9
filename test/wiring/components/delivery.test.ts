import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parse } from "yaml";
import { parseSettings } from "../../../config/parse.js";
import type { Settings } from "../../../config/settings.js";
import { type Made, register, settled } from "../../support/mocks.js";
import { type RawSettings, stackConfig } from "../../support/settings.js";
import { vaultValues } from "../../support/vaultValues.js";

const told: Readonly<Record<string, string>> = {
    "ci/dockerhub#username": "acme",
    "ci/dockerhub#token": "dockerhub-token",
    "ci/woodpecker#token": "woodpecker-token",
    "ci/slack#webhook": "https://hooks.example.org/recognisable",
    "ci/kubernetes-reviewer#ca": "the CA",
    "ci/kubernetes-reviewer#token": "reviewer-token",
};
const vaultData = vaultValues(
    [stackConfig("sandbox"), stackConfig("prod")],
    (path, key) => told[`${path}#${key}`] ?? `value of ${key}`,
);

const calls = (token: string, { mount, name }: Record<string, unknown>) => {
    if (token !== "vault:kv/getSecretV2:getSecretV2" || mount !== "secret")
        throw new Error(`unexpected call of ${token}`);
    return { data: vaultData.get(name as string) ?? {} };
};
const outputs = { "woodpecker:index:Repository": { repositoryId: 7 } };

/** The whole program but for reading config, on settings of a test. */
async function program(settings: Settings) {
    const { Providers } = await import("../../../components/providers.js");
    const { Credentials } = await import("../../../components/vault/credentials.js");
    const { VaultAuth } = await import("../../../components/vault/vaultAuth.js");
    const { Delivery } = await import("../../../components/app/delivery.js");
    const { InfraPipelines } = await import("../../../components/infra/infraPipelines.js");
    const { Registrations } = await import("../../../components/woodpecker/registrations.js");
    const { vault, delivery, infra, registered } = settings;
    const providers = new Providers(settings);
    const credentials = await Credentials.read(settings, providers.vault);
    const auth = vault && new VaultAuth("vault", { vault, credentials }, providers.opts);
    const shared = infra && auth && new InfraPipelines("infra", { infra, auth, credentials }, providers.opts).shared;
    if (registered) new Registrations("registrations", registered, providers.opts);
    return delivery && auth && new Delivery("delivery", { delivery, auth, credentials, shared }, providers.opts);
}

async function declare(stack: string, changes: RawSettings = {}) {
    let applications: readonly { name: string; woodpeckerId: pulumi.Output<number> }[] = [];
    const settings = parseSettings({ ...stackConfig(stack), ...changes });
    const made = await register(
        async () => {
            applications = (await program(settings))?.applications ?? [];
        },
        { calls, outputs },
    );
    return { made, applications };
}

describe("the program on stack sandbox", function () {
    this.timeout(30_000);
    let made: Made[];
    let applications: Awaited<ReturnType<typeof declare>>["applications"];
    before(async () => {
        ({ made, applications } = await declare("sandbox"));
    });
    const ofType = (type: string) => made.filter((resource) => resource.type === type);
    const named = (type: string, name: string) => made.find((r) => r.type === type && r.name === name)?.inputs;

    it("lets a deploy of an app patch its own Deployments, look at pods, and touch nothing else", () => {
        const role = named("kubernetes:rbac.authorization.k8s.io/v1:Role", "shop-identity-shop-deploy-role");
        expect(role.metadata).to.deep.equal({ name: "cicd-deployer-shop", namespace: "shop" });
        expect(role.rules).to.deep.equal([
            {
                apiGroups: ["apps"],
                resources: ["deployments"],
                resourceNames: ["backend", "frontend"],
                verbs: ["get", "patch"],
            },
            { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
        ]);
    });

    it("lets Vault mint tokens of that one ServiceAccount only", () => {
        const role = named("kubernetes:rbac.authorization.k8s.io/v1:Role", "shop-identity-shop-mint-role");
        expect(role.rules).to.deep.equal([
            {
                apiGroups: [""],
                resources: ["serviceaccounts/token"],
                resourceNames: ["cicd-deployer-shop"],
                verbs: ["create"],
            },
        ]);
        const binding = named("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "shop-identity-shop-mint-binding");
        expect(binding.subjects).to.deep.equal([{ kind: "ServiceAccount", name: "vault", namespace: "vault" }]);
    });

    it("confines each Vault role to the app's namespaces and ten minutes", () => {
        const roles = ofType("vault:kubernetes/secretBackendRole:SecretBackendRole").map((r) => r.inputs);
        expect(roles.map((r) => [r.name, r.serviceAccountName, r.allowedKubernetesNamespaces])).to.have.deep.members([
            ["website-deployer", "cicd-deployer-website", ["website"]],
            ["shop-deployer", "cicd-deployer-shop", ["shop"]],
            ["travel-blog-deployer", "cicd-deployer-travel-blog", ["travel-blog"]],
        ]);
        for (const role of roles)
            expect(role).to.include({ tokenDefaultTtl: 600, tokenMaxTtl: 600, backend: "kubernetes" });
    });

    it("gives the pipelines' Vault token these paths and no others", () => {
        const [policy] = ofType("vault:index/policy:Policy");
        expect(policy?.inputs.name).to.equal("woodpecker-deployer");
        expect(policy?.inputs.policy.match(/path "[^"]+"/g)).to.deep.equal([
            'path "auth/token/revoke-self"',
            'path "kubernetes/creds/shop-deployer"',
            'path "kubernetes/creds/travel-blog-deployer"',
            'path "kubernetes/creds/website-deployer"',
        ]);
    });

    it("binds the pipelines' role to one ServiceAccount, one namespace, one audience and fifteen minutes", () => {
        const [role] = ofType("vault:kubernetes/authBackendRole:AuthBackendRole");
        expect(role?.inputs).to.deep.include({
            roleName: "woodpecker-deployer",
            boundServiceAccountNames: ["woodpecker-deployer"],
            boundServiceAccountNamespaces: ["woodpecker"],
            audience: "https://kubernetes.default.svc.cluster.local",
            tokenPolicies: ["woodpecker-deployer"],
            tokenNoDefaultPolicy: true,
            tokenTtl: 900,
            tokenMaxTtl: 900,
        });
    });

    it("makes Vault outside the cluster review tokens with the reviewer's, not with one of its own", () => {
        const [config] = ofType("vault:kubernetes/authBackendConfig:AuthBackendConfig");
        expect(config?.inputs).to.include({
            kubernetesHost: "https://127.0.0.1:18443",
            kubernetesCaCert: "the CA",
            tokenReviewerJwt: "reviewer-token",
            disableLocalCaJwt: true,
        });
        const [engine] = ofType("vault:kubernetes/secretBackend:SecretBackend");
        expect(engine?.inputs).to.include({
            path: "kubernetes",
            serviceAccountJwt: "reviewer-token",
            disableLocalCaJwt: true,
        });
    });

    it("registers each repository without letting a newer pipeline kill a deploy", () => {
        const repositories = ofType("woodpecker:index:Repository").map((r) => r.inputs);
        expect(repositories.map((r) => r.fullName)).to.have.members(["acme/website", "acme/shop", "acme/travel-blog"]);
        for (const repository of repositories) {
            expect(repository).to.deep.include({
                allowDeploy: true,
                cancelPreviousPipelineEvents: ["pull_request"],
            });
        }
    });

    it("gives every secret that a workflow names, for every event the workflow runs on", () => {
        const secrets = ofType("woodpecker:index:RepositorySecret");
        for (const file of ofType("github:index/repositoryFile:RepositoryFile").filter((f) =>
            f.inputs.file.startsWith(".woodpecker/"),
        )) {
            const text: string = file.inputs.content;
            const app = file.name.replace(/-github-.*/, "");
            const events = (parse(text).when as { event: string | string[] }[]).flatMap((when) => when.event);
            for (const name of new Set([...text.matchAll(/from_secret: (\S+)/g)].map((match) => match[1]))) {
                const secret = secrets.find((s) => s.name === `${app}-registration-${name}`);
                expect(secret?.inputs, `${name} of ${app}`).to.include({ name, repositoryId: 7 });
                expect(secret?.inputs.events).to.include.members(events);
            }
        }
    });

    it("commits each file to the application's branch as the pipeline, skipping CI", () => {
        const files = ofType("github:index/repositoryFile:RepositoryFile").map((f) => f.inputs);
        expect(files.map((f) => `${f.repository}/${f.file}`)).to.have.members([
            "website/.woodpecker/deploy.yml",
            "website/.woodpecker/build-fallback.yml",
            "website/.github/workflows/build-and-deploy.yml",
            "shop/.woodpecker/deploy.yml",
            "shop/.woodpecker/build-fallback.yml",
            "shop/.github/workflows/build-and-deploy.yml",
            "travel-blog/.woodpecker/deploy.yml",
            "travel-blog/.woodpecker/build.yml",
        ]);
        for (const file of files) {
            expect(file).to.include({ branch: "main", commitAuthor: "cicd-pipeline" });
            expect(file.commitMessage).to.match(/ \[skip ci\]$/);
        }
    });

    it("gives GitHub Actions what the workflow reads, and a Woodpecker-built application nothing", () => {
        const secrets = ofType("github:index/actionsSecret:ActionsSecret").map((s) => s.inputs);
        const variables = ofType("github:index/actionsVariable:ActionsVariable").map((v) => v.inputs);
        expect(
            secrets.filter((s) => s.repository === "website").map((s) => [s.secretName, s.value]),
        ).to.have.deep.members([
            ["DOCKERHUB_USERNAME", "acme"],
            ["DOCKERHUB_TOKEN", "dockerhub-token"],
            ["WOODPECKER_TOKEN", "woodpecker-token"],
        ]);
        expect(
            variables.filter((v) => v.repository === "website").map((v) => [v.variableName, v.value]),
        ).to.have.deep.members([
            ["WOODPECKER_URL", "http://127.0.0.1:18000"],
            ["WOODPECKER_REPO_ID", "7"],
        ]);
        expect([...secrets, ...variables].filter((s) => s.repository === "travel-blog")).to.deep.equal([]);
    });

    it("marks every credential secret wherever it goes", () => {
        const credentials = [...vaultData.values()].flatMap((data) => Object.values(data));
        for (const { type, name, inputs, secrets } of made) {
            for (const [key, value] of Object.entries(inputs)) {
                if (
                    credentials.some(
                        (credential) => JSON.stringify(value)?.includes(`"${credential}"`) && credential !== "acme",
                    )
                ) {
                    expect(secrets, `${type} ${name}`).to.include(key);
                }
            }
        }
        expect(ofType("woodpecker:index:RepositorySecret").flatMap((s) => s.secrets)).to.include("value");
    });

    it("tells drift by kubectl from a broken run, and speaks to the servers the settings name", () => {
        expect(named("pulumi:providers:kubernetes", "kubernetes")).to.include({
            enablePatchForce: "true",
            enableConfigMapMutable: "true",
        });
        expect(named("pulumi:providers:github", "github")).to.include({
            owner: "acme",
            baseUrl: "http://127.0.0.1:18300/",
            writeDelayMs: "0",
        });
        expect(named("pulumi:providers:vault", "vault")).to.include({
            address: "http://127.0.0.1:18200",
            skipChildToken: "true",
        });
    });

    it("declares nothing of the machine it runs on, whose other path would be drift on the next", async () => {
        const { KUBECONFIG } = process.env;
        process.env.KUBECONFIG = "/home/operator/.kube/config";
        try {
            const { made: there } = await declare("sandbox");
            const inputs = there.find(({ type }) => type === "pulumi:providers:kubernetes")?.inputs;
            expect(inputs).to.include({ enablePatchForce: "true" });
            expect(inputs?.kubeconfig).to.equal(undefined);
        } finally {
            if (KUBECONFIG === undefined) delete process.env.KUBECONFIG;
            else process.env.KUBECONFIG = KUBECONFIG;
        }
    });

    it("sums up every application, without a secret", async () => {
        expect(applications.map((app) => app.name)).to.deep.equal(["website", "shop", "travel-blog"]);
        for (const app of applications)
            expect(await settled(app.woodpeckerId)).to.deep.equal({ value: 7, secret: false });
        expect(JSON.stringify(applications.map((app) => ({ ...app, woodpeckerId: undefined })))).to.not.match(
            /token|recognisable/,
        );
    });
});

describe("the program on stack prod", function () {
    this.timeout(30_000);
    let made: Made[];
    before(async () => {
        ({ made } = await declare("prod"));
    });
    const ofType = (type: string) => made.filter((resource) => resource.type === type);

    it("asserts the documented ids", () => {
        const ids = ofType("woodpecker:index:Repository").map((r) => [r.inputs.fullName, r.inputs.expectedId]);
        expect(ids).to.have.deep.members([
            ["ViktorBarzin/Website", 2],
            ["ViktorBarzin/f1-stream", 10],
            ["ViktorBarzin/claude-memory-mcp", 78],
            ["ViktorBarzin/health", 4],
            ["ViktorBarzin/audiblez-web", 9],
            ["ViktorBarzin/plotting-book", 43],
            ["ViktorBarzin/insta2spotify", 88],
            ["ViktorBarzin/audiobook-search", 87],
            ["ViktorBarzin/infra", 1],
            ["ViktorBarzin/travel_blog", 5],
            ["ViktorBarzin/finance", 3],
            ["ViktorBarzin/webhook-handler", 6],
            ["ViktorBarzin/infra-onboarding", 79],
        ]);
    });

    it("leaves shared mounts of Vault to their owner", () => {
        expect(made.map((r) => r.type)).to.not.include.members([
            "vault:index/authBackend:AuthBackend",
            "vault:kubernetes/authBackendConfig:AuthBackendConfig",
            "vault:kubernetes/secretBackend:SecretBackend",
        ]);
    });

    it("throttles writes to github.com as the provider does by default", () => {
        expect(ofType("pulumi:providers:github")[0]?.inputs).to.not.have.property("writeDelayMs");
    });
});

describe("the program on an empty stack", () => {
    it("declares nothing at all", async () => {
        const made = await register(() => program(parseSettings({})));
        expect(made).to.deep.equal([]);
    });
});
