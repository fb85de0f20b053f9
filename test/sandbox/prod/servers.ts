import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig, type KubernetesObject, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { listen } from "../../../sandbox/doubles/github/listen.js";
import { login } from "../../../sandbox/doubles/woodpecker/login.js";
import { startWoodpecker } from "../../../sandbox/doubles/woodpecker/server.js";
import { inheritedEnvironment, readSettings } from "../../../sandbox/doubles/woodpecker/settings.js";
import { contextFor, type World } from "../../../sandbox/lib/context.js";
import { type Places, prepare } from "../../../sandbox/lib/places.js";
import { type Ports, rememberedPorts } from "../../../sandbox/lib/ports.js";
import { Supervisor } from "../../../sandbox/lib/supervisor.js";
import { StoredValues } from "../../../sandbox/lib/values.js";
import { apiserver } from "../../../sandbox/parts/kubernetes/apiserver.js";
import { adminKubeconfig } from "../../../sandbox/parts/kubernetes/cluster.js";
import { etcd } from "../../../sandbox/parts/kubernetes/etcd.js";
import { address, openbao, openbaoValues } from "../../../sandbox/parts/openbao.js";
import { freePort } from "../../support/server.js";
import { environment } from "../../support/servers.js";
import { vaultValues } from "../../support/vaultValues.js";
import { waitFor } from "../../support/waitFor.js";

const root = join(__dirname, "../../..");
const administrator = "ci-admin";

interface App {
    readonly repository: string;
    readonly woodpeckerId?: number;
    readonly branches?: readonly string[];
    readonly deployments?: readonly { readonly namespace: string }[];
}

/** What the test needs to know of a stack file; the program itself reads all of it. */
export interface StackFile {
    readonly config: Record<string, unknown> & {
        "cicd:github": { owner: string; defaultBranch: string; baseUrl?: string };
        "cicd:woodpecker": { url: string };
        "cicd:vault": { address: string; adoptMounts?: boolean };
        "cicd:apps": Record<string, App>;
        "cicd:infra"?: App & { branch?: string };
        "cicd:registrations"?: Record<string, App>;
    };
}

/** The operator's servers as they are before the program is run for the first time, each of its own for this test. */
export class ProdServers {
    /** What `pulumi` needs in its environment. */
    env: Readonly<Record<string, string>> = {};
    readonly #directory = mkdtempSync(join(tmpdir(), "prod-"));
    readonly #ends: (() => Promise<unknown>)[] = [];

    /** @param stackFile stack prod, but for the addresses of the servers, which it is given here */
    static async start(
        stackFile = parse(readFileSync(join(root, "Pulumi.prod.yaml"), "utf8")) as StackFile,
    ): Promise<ProdServers> {
        const servers = new ProdServers();
        try {
            await servers.#start(stackFile);
        } catch (error) {
            await servers.stop();
            throw error;
        }
        return servers;
    }

    async #start(stackFile: StackFile): Promise<void> {
        const directory = this.#directory;
        const { config } = stackFile;
        const github = await startGitHub(config["cicd:github"], repositoriesOf(stackFile));
        this.#ends.push(() => github.close());
        const woodpecker = await startCi(directory, github.origin, repositoriesOf(stackFile));
        this.#ends.unshift(() => woodpecker.close());
        const world = await openCluster(directory);
        this.#ends.push(() => world.supervisor.stopEverything());
        const { vault, kubeconfig } = await startCluster(world);
        await seedVault(vault, stackFile);
        await seedCluster(kubeconfig, stackFile);

        // Its machine is in the operator's network; tests of its own have one.
        delete config["cicd:registry"];
        delete config["cicd:nodes"];
        config["cicd:github"].baseUrl = github.origin;
        config["cicd:woodpecker"].url = woodpecker.url;
        config["cicd:vault"].address = vault.url;
        const file = join(directory, "Pulumi.prod.yaml");
        writeFileSync(file, stringify(stackFile));
        mkdirSync(join(directory, "state"));
        this.env = {
            PATH: environment("PATH"),
            HOME: directory,
            PULUMI_HOME: environment("PULUMI_HOME"),
            PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
            PULUMI_CONFIG_PASSPHRASE: "prod",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_OPTION_CONFIG_FILE: file,
            KUBECONFIG: kubeconfig,
            VAULT_TOKEN: vault.token,
            WOODPECKER_TOKEN: woodpecker.token,
            GITHUB_TOKEN: `ghp_${administrator}`,
        };
    }

    async stop(): Promise<void> {
        for (const end of this.#ends) await end();
        rmSync(this.#directory, { recursive: true, force: true });
    }
}

/** Every repository that the stack file names, with the branch that the pipeline's files go to. */
function repositoriesOf({ config }: StackFile): (App & { readonly branch: string })[] {
    const all = [
        ...Object.values(config["cicd:apps"]),
        ...(config["cicd:infra"] ? [config["cicd:infra"]] : []),
        ...Object.values(config["cicd:registrations"] ?? {}),
    ];
    const { defaultBranch } = config["cicd:github"];
    const byName = new Map(all.map((app) => [app.repository, { ...app, branch: app.branches?.[0] ?? defaultBranch }]));
    return [...byName.values()];
}

function startGitHub({ owner }: { owner: string }, repositories: readonly { repository: string; branch: string }[]) {
    const filler = { owner, name: "filler", default_branch: "main", auto_init: true };
    return listen({
        port: 0,
        seed: {
            tokens: { [`ghp_${administrator}`]: { login: administrator, scopes: ["repo", "workflow", "admin:org"] } },
            github: {
                users: [{ login: administrator, email: `${administrator}@example.org` }],
                orgs: [{ login: owner, members: [{ login: administrator, role: "admin" }] }],
                repos: [
                    filler,
                    ...repositories.map(({ repository, branch }) => ({
                        owner,
                        name: repository.split("/")[1] ?? "",
                        default_branch: branch,
                        auto_init: true,
                    })),
                ],
                oauth_apps: [
                    {
                        client_id: "client",
                        client_secret: "client-secret",
                        name: "Woodpecker",
                        redirect_uris: ["http://127.0.0.1/authorize"],
                    },
                ],
            },
        },
    });
}

/** A Woodpecker in which the repositories have the ids that the stack file asserts, and are not active. */
async function startCi(directory: string, github: string, repositories: readonly App[]) {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const settings = {
        PATH: environment("PATH"),
        WOODPECKER_HOST: url,
        WOODPECKER_SERVER_ADDR: `127.0.0.1:${port}`,
        WOODPECKER_ADMIN: administrator,
        WOODPECKER_GITHUB_URL: github,
        WOODPECKER_GITHUB_CLIENT: "client",
        WOODPECKER_GITHUB_SECRET: "client-secret",
        WOODPECKER_AGENT_SECRET: "agent-secret",
        WOODPECKER_BACKEND_LOCAL_TEMP_DIR: directory,
        WOODPECKER_LIBS: join(root, ".sandbox/bin/woodpecker-libs"),
        SANDBOX_STATE_DIR: join(directory, "woodpecker"),
    };
    const server = await startWoodpecker(readSettings(settings), inheritedEnvironment(settings));
    const token = await login(url, github, administrator);
    const call = async (method: string, path: string) => {
        const response = await fetch(`${url}/api${path}`, { method, headers: { authorization: `Bearer ${token}` } });
        if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
        return (await response.json()) as { id: number } & { full_name: string; forge_remote_id: string }[];
    };
    const remote = new Map(
        (await call("GET", "/user/repos?all=true")).map((repo) => [repo.full_name, repo.forge_remote_id]),
    );
    const filler = [...remote].find(([name]) => name.endsWith("/filler"))?.[1];
    const wanted = new Map(repositories.map((app) => [app.woodpeckerId, app.repository]));
    const last = Math.max(...[...wanted.keys()].map((id) => id ?? 0));
    for (let id = 1; id <= last; id++) {
        const repository = wanted.get(id);
        const active = await call("POST", `/repos?forge_remote_id=${repository ? remote.get(repository) : filler}`);
        if (active.id !== id) throw new Error(`Woodpecker gave the id ${active.id} instead of ${id}`);
        // What is only deactivated keeps its id; the others made room for it.
        await call("DELETE", `/repos/${id}${repository ? "" : "?remove=true"}`);
    }
    return { url, token, close: () => server.close() };
}

async function openCluster(directory: string): Promise<World> {
    const state = join(directory, "servers");
    const places: Places = {
        root,
        state,
        cache: join(directory, "cache"),
        bin: join(root, ".sandbox/bin"),
        preferred: "",
        build: join(root, ".sandbox/build"),
        temporary: join(state, "tmp"),
        logs: join(state, "logs"),
        run: join(state, "run"),
    };
    prepare(places);
    copyFileSync(join(root, ".sandbox/programs.json"), join(state, "programs.json"));
    const names = ["vault", "vault-cluster", "etcd", "etcd-peer", "kube-apiserver"] as const;
    const chosen = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await freePort()])));
    const ports: Ports = { ...rememberedPorts(state), ...chosen };
    const supervisor = new Supervisor(places);
    return { places, supervisor, ports, values: new StoredValues(join(state, "values.json")) };
}

/** An API server and a Vault without a cluster around them. */
async function startCluster(world: World) {
    const context = (part: string) => contextFor(world, part, () => {});
    await Promise.all([
        openbao.start(context("openbao")),
        etcd.start(context("etcd")).then(() => apiserver.start(context("kube-apiserver"))),
    ]);
    const vault = { url: address(context("openbao")), token: world.values.get(openbaoValues.token) ?? "" };
    return { vault, kubeconfig: adminKubeconfig(context("kube-apiserver")) };
}

/** A KV store, the mounts where they are the operator's, and a value under every path that the stack file names. */
async function seedVault(vault: { url: string; token: string }, { config }: StackFile): Promise<void> {
    const post = async (path: string, body: unknown) => {
        const headers = { "x-vault-token": vault.token };
        const response = await fetch(`${vault.url}/v1/${path}`, {
            method: "POST",
            headers,
            body: JSON.stringify(body),
        });
        if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    };
    await post("sys/mounts/secret", { type: "kv", options: { version: "2" } });
    if (config["cicd:vault"].adoptMounts) {
        await post("sys/auth/kubernetes", { type: "kubernetes" });
        await post("sys/mounts/kubernetes", { type: "kubernetes" });
    }
    for (const [path, data] of vaultValues(config)) {
        // The engine upgrades itself for a moment after it was mounted.
        for (let tries = 50; ; tries--) {
            const done = await post(`secret/data/${path}`, { data }).then(
                () => true,
                (error) => {
                    if (tries === 0) throw error;
                    return false;
                },
            );
            if (done) break;
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    }
}

/** The namespaces of the applications and of what serves them, and the kinds that come with other programs. */
async function seedCluster(kubeconfig: string, { config }: StackFile): Promise<void> {
    const client = new KubeConfig();
    client.loadFromFile(kubeconfig);
    const objects = KubernetesObjectApi.makeApiClient(client);
    const deployments = Object.values(config["cicd:apps"]).flatMap((app) => app.deployments ?? []);
    const namespaces = new Set([...deployments.map((d) => d.namespace), "woodpecker", "monitoring", "vault"]);
    for (const name of namespaces) await objects.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    await objects.create(definitionOf("monitoring.coreos.com", "PrometheusRule", "prometheusrules", "Namespaced"));
    await objects.create(definitionOf("kyverno.io", "ClusterPolicy", "clusterpolicies", "Cluster"));
    const rule = { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", spec: { groups: [] } };
    const trial = { ...rule, metadata: { name: "trial", namespace: "default" } };
    // The API server learns a new kind's fields a while after the kind.
    await waitFor("the fields of a new kind", () =>
        objects.patch(trial, undefined, "All", "trial", true, PatchStrategy.ServerSideApply),
    );
}

/** A kind without a controller, which takes any fields. */
function definitionOf(group: string, kind: string, plural: string, scope: "Namespaced" | "Cluster"): KubernetesObject {
    // As the client spells it; under the server's own name it leaves it out.
    const open = { type: "object", x_kubernetes_preserve_unknown_fields: true };
    const schema = { type: "object", properties: { spec: open, status: open } };
    return {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${plural}.${group}` },
        spec: {
            group,
            scope,
            names: { kind, plural, singular: kind.toLowerCase() },
            versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
        },
    } as KubernetesObject;
}
