import { execFileSync } from "node:child_process";
import { github, vault, woodpecker } from "../servers.js";

/** Something that is done to a live object behind the program's back. */
export interface Mutation {
    readonly system: "Kubernetes" | "GitHub" | "Vault" | "Woodpecker";
    readonly what: string;
    /** Fits the name or the resource of the finding that must come of it. */
    readonly where: RegExp;
    /** Fits the path of one of its differences; any, where left out. */
    readonly at?: RegExp;
    readonly make: () => Promise<unknown>;
    /** Undoes what an `up` leaves as it is. */
    readonly undo?: () => Promise<unknown>;
    /** The engine does not see it. */
    readonly blind?: true;
}

function kubectl(args: readonly string[], input?: string): string {
    return execFileSync("kubectl", args, { encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] });
}

type Operation = { readonly op: "add" | "remove" | "replace"; readonly path: string; readonly value?: unknown };

interface Place {
    readonly namespace: string;
    readonly kind: string;
    readonly name: string;
}

const role = (app: string, suffix = ""): Place => ({
    namespace: app,
    kind: "Role",
    name: `cicd-deployer-${app}${suffix}`,
});
const binding = (app: string, suffix = ""): Place => ({ ...role(app, suffix), kind: "RoleBinding" });
const account = (app: string): Place => ({ ...role(app), kind: "ServiceAccount" });
const probe = (kind: string, suffix = ""): Place => ({
    namespace: "monitoring",
    kind,
    name: `registry-integrity-probe${suffix}`,
});
const sync = (kind: string, suffix = ""): Place => ({ namespace: "woodpecker", kind, name: `secret-sync${suffix}` });

/** An edit by kubectl; undone by the inverse edit, where an `up` does not undo it. */
function edit(
    what: string,
    place: Place,
    operations: readonly Operation[],
    at?: RegExp,
    inverse?: readonly Operation[],
): Mutation {
    const patch = async (ops: readonly Operation[]) =>
        kubectl(["-n", place.namespace, "patch", place.kind, place.name, "--type=json", "-p", JSON.stringify(ops)]);
    return {
        system: "Kubernetes",
        what: `${what} (${place.kind})`,
        where: new RegExp(`${place.kind} ${place.namespace}/${place.name}( |$)`),
        ...(at && { at }),
        make: () => patch(operations),
        ...(inverse && { undo: () => patch(inverse) }),
    };
}

const add = (path: string, value: unknown): Operation => ({ op: "add", path, value });
const remove = (path: string): Operation => ({ op: "remove", path });
const replace = (path: string, value: unknown): Operation => ({ op: "replace", path, value });
/** An addition and its end. */
const added = (what: string, place: Place, path: string, value: unknown, at: RegExp, undone = path) =>
    edit(what, place, [add(path, value)], at, [remove(undone)]);

function gone(place: Place): Mutation {
    return {
        system: "Kubernetes",
        what: `deleted (${place.kind})`,
        where: new RegExp(`${place.kind} ${place.namespace}/${place.name}( |$)`),
        make: async () => kubectl(["-n", place.namespace, "delete", place.kind, place.name]),
    };
}

const pod = "/spec/jobTemplate/spec/template/spec";
const anyone = { kind: "Group", name: "system:authenticated", apiGroup: "rbac.authorization.k8s.io" };
const secretsRule = { apiGroups: [""], resources: ["secrets"], verbs: ["*"] };

const inKubernetes: readonly Mutation[] = [
    added("a rule for all Secrets appended", role("website"), "/rules/-", secretsRule, /^rules\[2\]/, "/rules/2"),
    added("a verb appended", role("shop"), "/rules/0/verbs/-", "delete", /verbs\[2\]/, "/rules/0/verbs/2"),
    added(
        "a resource appended",
        role("shop", "-mint"),
        "/rules/0/resources/-",
        "secrets",
        /resources\[1\]/,
        "/rules/0/resources/1",
    ),
    added(
        "a resource name appended",
        role("website", "-mint"),
        "/rules/0/resourceNames/-",
        "default",
        /resourceNames\[1\]/,
        "/rules/0/resourceNames/1",
    ),
    added(
        "an API group appended",
        role("travel-blog", "-mint"),
        "/rules/0/apiGroups/-",
        "*",
        /apiGroups\[1\]/,
        "/rules/0/apiGroups/1",
    ),
    edit("verbs replaced", role("travel-blog"), [replace("/rules/0/verbs", ["*"])]),
    added("a subject appended", binding("website"), "/subjects/-", anyone, /subjects\[1\]/, "/subjects/1"),
    added("a subject appended", binding("shop", "-mint"), "/subjects/-", anyone, /subjects\[1\]/, "/subjects/1"),
    edit("the subject replaced", binding("shop"), [replace("/subjects/0/name", "default")]),
    gone(binding("travel-blog")),
    added(
        "a label added",
        binding("website", "-mint"),
        "/metadata/labels",
        { team: "b" },
        /labels/,
        "/metadata/labels/team",
    ),
    added(
        "an annotation added",
        account("website"),
        "/metadata/annotations",
        { x: "y" },
        /annotations/,
        "/metadata/annotations/x",
    ),
    edit("its token mounted", account("shop"), [replace("/automountServiceAccountToken", true)]),
    added("a pull secret added", account("travel-blog"), "/imagePullSecrets", [{ name: "x" }], /imagePullSecrets/),
    gone(binding("travel-blog", "-mint")),
    {
        system: "Kubernetes",
        what: "a RoleBinding of its own for a declared ServiceAccount",
        where: /RoleBinding shop\/drift-stray/,
        make: async () =>
            kubectl([
                "-n",
                "shop",
                "create",
                "rolebinding",
                "drift-stray",
                "--clusterrole=admin",
                "--serviceaccount=shop:cicd-deployer-shop",
            ]),
        undo: async () => kubectl(["-n", "shop", "delete", "rolebinding", "drift-stray"]),
    },
    {
        system: "Kubernetes",
        what: "a ClusterRoleBinding of its own for a declared ServiceAccount",
        where: /ClusterRoleBinding drift-stray/,
        make: async () =>
            kubectl([
                "create",
                "clusterrolebinding",
                "drift-stray",
                "--clusterrole=cluster-admin",
                "--serviceaccount=website:cicd-deployer-website",
            ]),
        undo: async () => kubectl(["delete", "clusterrolebinding", "drift-stray"]),
    },
    edit("the program edited", probe("ConfigMap"), [replace("/data/integrity-probe.js", "process.exit(0)")]),
    added("a key added", sync("ConfigMap"), "/data/extra.js", "1", /extra/),
    added("binary data added", probe("ConfigMap", "-alerts"), "/binaryData", { x: "aGk=" }, /binaryData/),
    edit("a rule file edited", sync("ConfigMap", "-alerts"), [replace("/data/secret-sync.yml", "groups: []")]),
    edit("the schedule changed", probe("CronJob"), [replace("/spec/schedule", "0 0 1 1 *")], /schedule/),
    added(
        "a variable added",
        probe("CronJob"),
        `${pod}/containers/0/env/-`,
        { name: "HTTP_PROXY", value: "http://evil.test" },
        /env\[\d+\]/,
        `${pod}/containers/0/env/6`,
    ),
    edit("suspended", sync("CronJob"), [replace("/spec/suspend", true)], /suspend/, [replace("/spec/suspend", false)]),
    added(
        "a container added",
        sync("CronJob"),
        `${pod}/containers/-`,
        { name: "spy", image: "spy:1" },
        /containers\[1\]/,
        `${pod}/containers/1`,
    ),
    added("the host's network", sync("CronJob"), `${pod}/hostNetwork`, true, /hostNetwork/),
    added(
        "a volume added",
        sync("CronJob"),
        `${pod}/volumes/-`,
        { name: "host", emptyDir: {} },
        /volumes\[2\]/,
        `${pod}/volumes/2`,
    ),
    added("a node chosen", sync("CronJob"), `${pod}/nodeSelector`, { disk: "x" }, /nodeSelector/),
    gone(probe("ServiceAccount")),
];

const secretsOf = async (repository: string) => `/repos/${await woodpecker.idOf(repository)}`;

const inWoodpecker: readonly Mutation[] = [
    {
        system: "Woodpecker",
        what: "a declared setting changed",
        where: /website.*Repository|Repository .*website/i,
        at: /timeout/,
        make: async () => woodpecker.api("PATCH", await secretsOf("acme/website"), { timeout: 7 }),
    },
    {
        system: "Woodpecker",
        what: "steps trusted with volumes",
        where: /repository acme\/website/,
        at: /trusted/,
        make: async () => woodpecker.api("PATCH", await secretsOf("acme/website"), { trusted: { volumes: true } }),
        undo: async () => woodpecker.api("PATCH", await secretsOf("acme/website"), { trusted: { volumes: false } }),
    },
    {
        system: "Woodpecker",
        what: "the pipelines taken from elsewhere",
        where: /repository acme\/shop/,
        at: /configFile/,
        make: async () => woodpecker.api("PATCH", await secretsOf("acme/shop"), { config_file: ".evil/" }),
        undo: async () => woodpecker.api("PATCH", await secretsOf("acme/shop"), { config_file: "" }),
    },
    {
        system: "Woodpecker",
        what: "pull requests switched off",
        where: /repository acme\/travel-blog/,
        at: /allowPullRequests/,
        make: async () => woodpecker.api("PATCH", await secretsOf("acme/travel-blog"), { allow_pr: false }),
        undo: async () => woodpecker.api("PATCH", await secretsOf("acme/travel-blog"), { allow_pr: true }),
    },
    ...(["acme/website", "acme/shop"] as const).flatMap((repository): Mutation[] => [
        {
            system: "Woodpecker",
            what: `a secret deleted (${repository})`,
            where: new RegExp(`${repository.split("/")[1]}.*slack_webhook`),
            make: async () => woodpecker.api("DELETE", `${await secretsOf(repository)}/secrets/slack_webhook`),
        },
        {
            system: "Woodpecker",
            what: `a secret added (${repository})`,
            where: new RegExp(`secret drift_stray of ${repository}`),
            make: async () =>
                woodpecker.api("POST", `${await secretsOf(repository)}/secrets`, {
                    name: "drift_stray",
                    value: "x",
                    events: ["push"],
                }),
            undo: async () => woodpecker.api("DELETE", `${await secretsOf(repository)}/secrets/drift_stray`),
        },
    ]),
    {
        system: "Woodpecker",
        what: "the events of a secret widened",
        where: /website.*(docker|registry)/i,
        at: /events/,
        make: async () => {
            const at = `${await secretsOf("acme/website")}/secrets`;
            const name = await registrySecret(at);
            return woodpecker.api("PATCH", `${at}/${name}`, {
                events: ["push", "manual", "deployment", "pull_request"],
            });
        },
    },
    {
        system: "Woodpecker",
        what: "a cron added",
        where: /cron drift-stray of acme\/website/,
        make: async () =>
            woodpecker.api("POST", `${await secretsOf("acme/website")}/cron`, {
                name: "drift-stray",
                schedule: "@daily",
                branch: "main",
            }),
        undo: async () => {
            const at = `${await secretsOf("acme/website")}/cron`;
            const crons = (await woodpecker.api("GET", at)) as unknown as { id: number; name: string }[];
            for (const { id } of crons.filter(({ name }) => name === "drift-stray"))
                await woodpecker.api("DELETE", `${at}/${id}`);
        },
    },
];

/** One of the two secrets with the registry's login. */
async function registrySecret(at: string): Promise<string> {
    const secrets = (await woodpecker.api("GET", at)) as unknown as { name: string }[];
    return secrets.find(({ name }) => /docker|registry/i.test(name))?.name ?? "";
}

const sealedValue = async (repository: string) => {
    const { key, key_id } = await github.api("GET", `/repos/${repository}/actions/secrets/public-key`);
    const { default: sodium } = await import("libsodium-wrappers");
    await sodium.ready;
    const sealed = sodium.crypto_box_seal(Buffer.from("overwritten"), Buffer.from(String(key), "base64"));
    return { encrypted_value: Buffer.from(sealed).toString("base64"), key_id };
};

const onGitHub: readonly Mutation[] = [
    ...(["acme/website", "acme/shop"] as const).flatMap((repository): Mutation[] => {
        const short = repository.split("/")[1] ?? "";
        return [
            {
                system: "GitHub",
                what: `a pipeline file edited (${repository})`,
                where: new RegExp(`RepositoryFile ${short}-github-\\.woodpecker/deploy\\.yml`),
                make: () => github.writeFile(repository, ".woodpecker/deploy.yml", "steps: []\n"),
            },
            {
                system: "GitHub",
                what: `a variable changed (${repository})`,
                where: new RegExp(`ActionsVariable ${short}.*WOODPECKER_URL`),
                make: () =>
                    github.api("PATCH", `/repos/${repository}/actions/variables/WOODPECKER_URL`, {
                        name: "WOODPECKER_URL",
                        value: "http://evil.test",
                    }),
            },
            {
                system: "GitHub",
                what: `a secret deleted (${repository})`,
                where: new RegExp(`ActionsSecret ${short}.*WOODPECKER_TOKEN`),
                make: () => github.api("DELETE", `/repos/${repository}/actions/secrets/WOODPECKER_TOKEN`),
            },
            {
                system: "GitHub",
                what: `a secret overwritten (${repository})`,
                where: new RegExp(`Actions secret ${short}/DOCKERHUB_TOKEN`),
                make: async () =>
                    github.api(
                        "PUT",
                        `/repos/${repository}/actions/secrets/DOCKERHUB_TOKEN`,
                        await sealedValue(repository),
                    ),
                // The next up makes it again; to replace it would delete what was just written.
                undo: () => github.api("DELETE", `/repos/${repository}/actions/secrets/DOCKERHUB_TOKEN`),
            },
            {
                system: "GitHub",
                what: `a pipeline file added (${repository})`,
                where: new RegExp(`file ${short}/\\.woodpecker/stray\\.yml`),
                make: () =>
                    github.api("PUT", `/repos/${repository}/contents/.woodpecker/stray.yml`, {
                        message: "Add a pipeline [skip ci]",
                        content: Buffer.from("when: {event: release}\nsteps: []\n").toString("base64"),
                    }),
                undo: async () => {
                    const { sha } = await github.api("GET", `/repos/${repository}/contents/.woodpecker/stray.yml`);
                    await github.api("DELETE", `/repos/${repository}/contents/.woodpecker/stray.yml`, {
                        message: "Remove it [skip ci]",
                        sha,
                    });
                },
            },
        ];
    }),
    {
        system: "GitHub",
        what: "a hook to elsewhere added",
        where: /hook \d+ of travel-blog/,
        make: () =>
            github.api("POST", "/repos/acme/travel-blog/hooks", {
                name: "web",
                active: false,
                events: ["push"],
                config: { url: "http://127.0.0.1:9/evil" },
            }),
        undo: async () => {
            const hooks = (await github.api("GET", "/repos/acme/travel-blog/hooks")) as unknown as {
                id: number;
                config: { url: string };
            }[];
            for (const { id } of hooks.filter(({ config }) => config.url.endsWith("/evil"))) {
                await github.api("DELETE", `/repos/acme/travel-blog/hooks/${id}`);
            }
        },
    },
    {
        system: "GitHub",
        what: "a pipeline file deleted",
        where: /RepositoryFile travel-blog-github-\.woodpecker\/deploy\.yml/,
        make: async () => {
            const { sha } = await github.api("GET", "/repos/acme/travel-blog/contents/.woodpecker/deploy.yml");
            await github.api("DELETE", "/repos/acme/travel-blog/contents/.woodpecker/deploy.yml", {
                message: "Remove it [skip ci]",
                sha,
            });
        },
    },
];

const roles = "auth/kubernetes/role";
const inVault: readonly Mutation[] = [
    {
        system: "Vault",
        what: "a policy widened",
        where: /Policy delivery-deployer-policy/,
        make: () =>
            vault.api("PUT", "sys/policies/acl/woodpecker-deployer", {
                policy: 'path "secret/*" { capabilities = ["read"] }',
            }),
    },
    {
        system: "Vault",
        what: "a policy deleted",
        where: /Policy secret-sync-policy/,
        make: () => vault.api("DELETE", "sys/policies/acl/secret-sync"),
    },
    {
        system: "Vault",
        what: "a policy added that reaches into a managed mount",
        where: /policy drift-stray/,
        make: () =>
            vault.api("PUT", "sys/policies/acl/drift-stray", {
                policy: 'path "kubernetes/creds/*" { capabilities = ["update"] }',
            }),
        undo: () => vault.api("DELETE", "sys/policies/acl/drift-stray"),
    },
    {
        system: "Vault",
        what: "a login role added",
        where: new RegExp(`role ${roles}/drift-stray`),
        make: () =>
            vault.api("POST", `${roles}/drift-stray`, {
                bound_service_account_names: "*",
                bound_service_account_namespaces: "shop",
                token_policies: "default",
            }),
        undo: () => vault.api("DELETE", `${roles}/drift-stray`),
    },
    {
        system: "Vault",
        what: "a login role bound to more",
        where: /AuthBackendRole delivery-deployer-role/,
        at: /boundServiceAccountNames/,
        make: () =>
            vault.api("POST", `${roles}/woodpecker-deployer`, {
                bound_service_account_names: "woodpecker-deployer,default",
            }),
    },
    {
        system: "Vault",
        what: "another policy given to a login role",
        where: /AuthBackendRole secret-sync-role/,
        at: /tokenPolicies/,
        make: () => vault.api("POST", `${roles}/secret-sync`, { token_policies: "secret-sync,default" }),
    },
    {
        system: "Vault",
        what: "a login role tells ServiceAccounts apart by name",
        where: /auth\/kubernetes\/role\/secret-sync/,
        at: /aliasNameSource/,
        make: () => vault.api("POST", `${roles}/secret-sync`, { alias_name_source: "serviceaccount_name" }),
        undo: () => vault.api("POST", `${roles}/secret-sync`, { alias_name_source: "serviceaccount_uid" }),
    },
    {
        system: "Vault",
        what: "a role that mints tokens deleted",
        where: /SecretBackendRole website/,
        make: () => vault.api("DELETE", "kubernetes/roles/website-deployer"),
    },
    {
        system: "Vault",
        what: "a role that mints tokens for more namespaces",
        where: /SecretBackendRole shop/,
        at: /allowedKubernetesNamespaces/,
        make: async () => {
            const { data } = await vault.api("GET", "kubernetes/roles/shop-deployer");
            return vault.api("POST", "kubernetes/roles/shop-deployer", {
                ...(data as object),
                allowed_kubernetes_namespaces: ["*"],
            });
        },
    },
    {
        system: "Vault",
        what: "a role that mints tokens added",
        where: /role kubernetes\/roles\/drift-stray/,
        make: () =>
            vault.api("POST", "kubernetes/roles/drift-stray", {
                allowed_kubernetes_namespaces: "*",
                service_account_name: "default",
            }),
        undo: () => vault.api("DELETE", "kubernetes/roles/drift-stray"),
    },
    {
        system: "Vault",
        what: "the method tuned to longer tokens",
        where: /auth\/kubernetes\/tune/,
        at: /config\.maxLeaseTtl/,
        make: () => vault.api("POST", "sys/auth/kubernetes/tune", { max_lease_ttl: "9000h" }),
        undo: () => vault.api("POST", "sys/auth/kubernetes/tune", { max_lease_ttl: "0" }),
    },
    {
        system: "Vault",
        what: "a credential changed at its source",
        where: /ActionsSecret website.*DOCKERHUB_USERNAME/,
        make: async () => {
            const { data } = await vault.api("GET", "secret/data/ci/dockerhub");
            const { data: values } = data as { data: Record<string, string> };
            return vault.api("POST", "secret/data/ci/dockerhub", {
                data: { ...values, username: `${values.username}-2` },
            });
        },
        undo: async () => {
            const { data } = await vault.api("GET", "secret/data/ci/dockerhub");
            const { data: values } = data as { data: Record<string, string> };
            const username = String(values.username).replace(/(-2)+$/, "");
            return vault.api("POST", "secret/data/ci/dockerhub", { data: { ...values, username } });
        },
    },
    {
        system: "Vault",
        what: "a synced value changed at its source",
        where: /synced secret/,
        make: async () => {
            const { data } = await vault.api("GET", "secret/data/ci/global");
            return vault.api("POST", "secret/data/ci/global", {
                data: { ...(data as { data: object }).data, drift_stray: "x" },
            });
        },
        undo: async () => {
            const { data } = await vault.api("GET", "secret/data/ci/global");
            const { drift_stray: _, ...rest } = (data as { data: Record<string, string> }).data;
            return vault.api("POST", "secret/data/ci/global", { data: rest });
        },
    },
];

/** What people and programs do behind the program's back. */
export const mutations: readonly Mutation[] = [...inKubernetes, ...onGitHub, ...inVault, ...inWoodpecker].map(
    (each) => {
        const seenByEngine = each.undo === undefined || each.what.startsWith("a credential");
        return seenByEngine ? each : { ...each, blind: true };
    },
);
