import type { App, Settings } from "../../config/settings.js";
import { wordsOf } from "../../jobs/lib/errors.js";
import type { HttpClient } from "../../jobs/lib/http.js";
import { pruneLimit as pruneLimitField } from "../../jobs/secret-sync/pruneLimit.js";
import type { SyncSettings } from "../../jobs/secret-sync/settings.js";
import { runShell } from "../../providers/host/plugin/connection.js";
import type { Kubernetes } from "../lib/kubernetes.js";
import { JsonServer } from "./servers/jsonServer.js";
import { openKubernetes } from "./servers/kubernetes.js";
import { type Login, Registries } from "./servers/registries.js";
import { parseVmLook, type VmState, vmLook } from "./servers/registryVm.js";
import { ServerDown } from "./servers/serverDown.js";
import { VaultReader } from "./servers/vaultReader.js";

export interface WorldInput {
    /** Name of the stack. */
    readonly stack: string;
    readonly settings: Settings;
    /** The application to look at; all of them when left out. */
    readonly app?: string | undefined;
    readonly http: HttpClient;
    readonly kubernetes: () => Promise<Kubernetes>;
    readonly tokens: { readonly github?: string; readonly vault?: string; readonly woodpecker?: string };
    /** For one request. */
    readonly timeoutMs: number;
}

/**
 * The servers of a stack. Each is asked once whether it is there and knows the operator, at its first use; where it
 * does not, every use of it fails in the same way.
 */
export class World {
    readonly settings: Settings;
    readonly apps: readonly App[];
    /** What makes the servers agree with the stack file. */
    readonly up: string;
    readonly #opened = new Map<string, Promise<unknown>>();

    constructor(private readonly input: WorldInput) {
        this.settings = input.settings;
        const all = input.settings.delivery?.apps ?? [];
        this.apps = input.app === undefined ? all : all.filter(({ name }) => name === input.app);
        this.up = `pulumi up --stack ${input.stack} --refresh --run-program`;
    }

    github(): Promise<JsonServer> {
        return this.#once("GitHub", async () => {
            const { baseUrl } = this.settings.github ?? {};
            const { github: token } = this.input.tokens;
            const mend = baseUrl ? "export GITHUB_TOKEN=…" : "export GITHUB_TOKEN=$(gh auth token)";
            if (!token) throw new ServerDown("GitHub", "GITHUB_TOKEN is not set", mend);
            const url = new URL(baseUrl ? `${baseUrl}/api/v3/` : "https://api.github.com/");
            const headers = { authorization: `Bearer ${token}`, accept: "application/vnd.github+json" };
            const server = this.#server("GitHub", url, headers, mend);
            await server.get("rate_limit");
            return server;
        });
    }

    woodpecker(): Promise<JsonServer> {
        return this.#once("Woodpecker", async () => {
            const { url = "" } = this.settings.woodpecker ?? {};
            const { woodpecker: token } = this.input.tokens;
            const mend = `export WOODPECKER_TOKEN=… # a new one: ${url}/user/cli-and-api`;
            if (!token) throw new ServerDown("Woodpecker", "WOODPECKER_TOKEN is not set", mend);
            const server = this.woodpeckerAs(token, mend);
            await server.get("user");
            return server;
        });
    }

    /** Woodpecker with another token than the operator's. */
    woodpeckerAs(token: string, login?: string): JsonServer {
        const url = new URL(`${this.settings.woodpecker?.url}/api/`);
        return this.#server("Woodpecker", url, { authorization: `Bearer ${token}` }, login);
    }

    vault(): Promise<VaultReader> {
        return this.#once("Vault", async () => {
            const { address = "", mounts } = this.settings.vault ?? {};
            const { vault: token } = this.input.tokens;
            const mend = `export VAULT_ADDR=${address}; vault login`;
            if (!token) throw new ServerDown("Vault", "VAULT_TOKEN is not set", mend);
            const url = new URL(`${address}/v1/`);
            const bare = this.#server("Vault", url, { "x-vault-request": "true" });
            const { sealed } = await bare.get<{ sealed: boolean }>("sys/seal-status");
            if (sealed)
                throw new ServerDown("Vault", `${address} is sealed`, `VAULT_ADDR=${address} vault operator unseal`);
            const own = this.#server("Vault", url, { "x-vault-request": "true", "x-vault-token": token });
            return VaultReader.open({ own, bare, kvMount: mounts?.kv ?? "secret", login: mend });
        });
    }

    kubernetes(): Promise<Kubernetes> {
        return this.#once("Kubernetes", () => openKubernetes(this.input.kubernetes, this.input.timeoutMs));
    }

    /** The registries that applications are pushed to. */
    registries(): Promise<Registries> {
        return this.#once("registries", async () => {
            const login = await this.pushLogin().catch(() => undefined);
            return new Registries(this.input.http, this.input.timeoutMs, () => login);
        });
    }

    /** What the registry's VM says of itself, asked over SSH with the key that Vault has. */
    registryVm(): Promise<VmState> {
        return this.#once("registry VM", async () => {
            const { registry } = this.settings;
            if (!registry) throw new Error("cicd:registry is left out");
            const { host, port, user, hostKey, key } = registry.ssh;
            const name = `Registry VM ${host}`;
            const vault = await this.vault();
            const privateKey = await vault.value(key);
            if (privateKey === undefined) {
                const mend = `vault kv patch -mount=${vault.mount} ${key.path} ${key.key}=@id_ed25519`;
                throw new ServerDown(name, `Vault has no key for it (${vault.mount}/${key.path}, ${key.key})`, mend);
            }
            const connection = { host, port, user, hostKey, privateKey };
            const interrupted = AbortSignal.timeout(2 * this.input.timeoutMs);
            try {
                return parseVmLook(await runShell(connection, vmLook(registry), interrupted));
            } catch (error) {
                throw new ServerDown(name, wordsOf(error), `ssh -p ${port} ${user}@${host} docker ps`);
            }
        });
    }

    /** What GitHub Actions pushes images with, where the settings have it in Vault. */
    async pushLogin(): Promise<Login | undefined> {
        const { dockerhubUsername, dockerhubToken } = this.settings.credentials;
        if (typeof dockerhubUsername !== "object" || typeof dockerhubToken !== "object") return undefined;
        const vault = await this.vault();
        const username = await vault.value(dockerhubUsername.vault);
        const password = await vault.value(dockerhubToken.vault);
        return username && password ? { username, password } : undefined;
    }

    /** A run of the secret sync that changes nothing, with the operator's own token of Vault. */
    syncPlan(): SyncSettings {
        const { secretSync } = this.settings;
        if (!secretSync) throw new Error("cicd:secretSync is switched off");
        const { vault, woodpecker, mapping, instance, pruneLimit } = secretSync;
        const { timeoutMs, tokens } = this.input;
        return {
            mode: "plan",
            vault: {
                address: new URL(`${vault.address}/`),
                kvMount: vault.mounts.kv,
                credential: { token: tokens.vault ?? "" },
            },
            woodpecker: { server: woodpecker.url, token: secretSync.woodpeckerToken },
            fingerprintKey: secretSync.fingerprintKey,
            mapping,
            instance,
            pruneLimit: pruneLimitField.parse(String(pruneLimit)),
            rewrite: false,
            requestTimeoutSeconds: timeoutMs / 1000,
            deadlineSeconds: (2 * timeoutMs) / 1000,
        };
    }

    /** Metrics of a Pushgateway; one inside of the cluster is asked through the API server. */
    pushgateway(address: string): Promise<PushedGroup[]> {
        return this.#once(`Pushgateway ${address}`, async () => {
            const service = serviceAt(address);
            const answer = service
                ? await this.#throughCluster(service)
                : await this.#server("Pushgateway", new URL(`${address}/`)).get<PushedMetrics>("api/v1/metrics");
            return answer.data;
        });
    }

    async #throughCluster({ namespace, name }: { namespace: string; name: string }): Promise<PushedMetrics> {
        const cluster = await this.kubernetes();
        const text = await cluster.ask(`Service ${namespace}/${name}`, () =>
            cluster.core.connectGetNamespacedServiceProxyWithPath({ namespace, name, path: "api/v1/metrics" }),
        );
        return (typeof text === "string" ? JSON.parse(text) : text) as PushedMetrics;
    }

    #server(name: string, url: URL, headers: Readonly<Record<string, string>> = {}, login?: string): JsonServer {
        const { http, timeoutMs } = this.input;
        return new JsonServer(http, { name, url, headers, timeoutMs, ...(login && { login }) });
    }

    #once<T>(name: string, open: () => Promise<T>): Promise<T> {
        const opened = (this.#opened.get(name) as Promise<T> | undefined) ?? open();
        this.#opened.set(name, opened);
        return opened;
    }
}

/** One group of the Pushgateway: its labels, and its families by name. */
export interface PushedGroup {
    readonly labels: Readonly<Record<string, string>>;
    readonly [family: string]: unknown;
}

interface PushedMetrics {
    readonly data: PushedGroup[];
}

/** The Service that an address such as `http://name.namespace.svc.cluster.local:9091` is of. */
export function serviceAt(address: string): { namespace: string; name: string } | undefined {
    const { hostname, port, protocol } = new URL(address);
    const match = /^([a-z0-9-]+)\.([a-z0-9-]+)(\.svc(\.cluster\.local)?)?$/.exec(hostname);
    // Of two words the second may be a top-level domain; those of the internet have no port of their own.
    if (!match || (match[3] === undefined && port === "")) return undefined;
    return { namespace: match[2] ?? "", name: `${match[1]}:${port || (protocol === "https:" ? "443" : "80")}` };
}
