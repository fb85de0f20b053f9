import type { ProgramEnvironment } from "../../config/environment.js";
import type { Settings } from "../../config/settings.js";
import { PlainError } from "../../jobs/lib/errors.js";
import { HttpClient } from "../../jobs/lib/http.js";
import { WoodpeckerClient } from "../../providers/woodpecker/client.js";
import { JsonServer } from "./jsonServer.js";
import type { KubernetesObjects } from "./kubernetesObjects.js";
import { describeObject, type ServerObject } from "./serverObject.js";

/** An object as its server shows it; of a secret all but its value. */
export type Live = Readonly<Record<string, unknown>>;

/** Requests at once to one server. */
const CONNECTIONS = 8;

/** The servers that the program changes, to look at what is there already. Each is spoken to at its first use. */
export class Servers {
    readonly #http = new HttpClient({ connections: CONNECTIONS });
    readonly #github: JsonServer | undefined;
    readonly #vault: JsonServer | undefined;
    readonly #woodpecker: WoodpeckerClient | undefined;
    #kubernetes: Promise<KubernetesObjects> | undefined;

    constructor(
        { github, vault, woodpecker }: Pick<Settings, "github" | "vault" | "woodpecker">,
        environment: ProgramEnvironment,
        { retryPauseMs }: { readonly retryPauseMs?: number } = {},
    ) {
        const { githubToken, vaultToken, vaultNamespace, woodpeckerToken } = environment;
        this.#github =
            github &&
            new JsonServer(this.#http, {
                name: "GitHub",
                base: new URL(github.baseUrl ? `${github.baseUrl}/api/v3/` : "https://api.github.com/"),
                headers: {
                    accept: "application/vnd.github+json",
                    "user-agent": "cicd-pipeline",
                    ...(githubToken && { authorization: `Bearer ${githubToken}` }),
                },
                credential: "GITHUB_TOKEN",
                retryPauseMs,
            });
        this.#vault =
            vault &&
            new JsonServer(this.#http, {
                name: "Vault",
                base: new URL(`${vault.address}/v1/`),
                headers: {
                    "x-vault-request": "true",
                    ...(vaultToken && { "x-vault-token": vaultToken }),
                    ...(vaultNamespace && { "x-vault-namespace": vaultNamespace }),
                },
                credential: "VAULT_TOKEN",
                retryPauseMs,
            });
        this.#woodpecker = woodpecker && new WoodpeckerClient({ server: woodpecker.url, token: woodpeckerToken ?? "" });
    }

    /** @returns nothing where there is no such object @throws PlainError that names the server and the next step */
    async look(object: ServerObject): Promise<Live | undefined> {
        switch (object.system) {
            case "GitHub":
                return this.github.get(gitHubPath(object));
            case "Vault":
                return this.#lookAtVault(object);
            case "Woodpecker":
                return this.#lookAtWoodpecker(object);
            case "Kubernetes":
                return (await this.kubernetes()).read(object);
        }
    }

    kubernetes(): Promise<KubernetesObjects> {
        this.#kubernetes ??= import("./kubernetesObjects.js").then((module) => new module.KubernetesObjects());
        return this.#kubernetes;
    }

    get github(): JsonServer {
        return known(this.#github, "github");
    }

    get vault(): JsonServer {
        return known(this.#vault, "vault");
    }

    close(): void {
        this.#http.close();
    }

    async #lookAtVault({ kind, name, within }: ServerObject): Promise<Live | undefined> {
        if (kind === "auth method" || kind === "secrets engine") {
            const mounts = await this.vault.get(kind === "auth method" ? "sys/auth" : "sys/mounts");
            const mount = (mounts?.data as Record<string, Live> | undefined)?.[`${name}/`];
            // The resource of an engine is its configuration too; that of a method is another one.
            const config = mount && kind === "secrets engine" ? await this.vault.get(`${name}/config`) : undefined;
            return mount && { ...mount, ...(config?.data as Live | undefined) };
        }
        if (kind === "configuration") return (await this.vault.get(name))?.data as Live | undefined;
        const role = within?.startsWith("auth/") ? `${within}/role/${name}` : `${within}/roles/${name}`;
        return (await this.vault.get(kind === "policy" ? `sys/policies/acl/${name}` : role))?.data as Live | undefined;
    }

    async #lookAtWoodpecker({ kind, name, within = name }: ServerObject): Promise<Live | undefined> {
        const server = known(this.#woodpecker, "woodpecker");
        const repository = await server.lookupRepository(within);
        if (!repository) return undefined;
        // One that was deactivated is only a name; its secrets and crons are kept.
        if (kind === "repository") return repository.active ? { ...repository } : undefined;
        const entry =
            kind === "secret"
                ? await server.secrets({ repositoryId: repository.id }).get(name)
                : (await server.crons(repository.id).list()).find((cron) => cron.name === name);
        return entry && { ...entry };
    }
}

/** @throws PlainError for an object that is none of GitHub's */
function gitHubPath(object: ServerObject): string {
    const { kind, name, within, branch = "" } = object;
    const path = name.split("/").map(encodeURIComponent).join("/");
    switch (kind) {
        case "file":
            return `repos/${within}/contents/${path}?ref=${encodeURIComponent(branch)}`;
        case "variable":
        case "secret":
            return `repos/${within}/actions/${kind}s/${path}`;
        default:
            throw new PlainError(`${describeObject(object)}: there is no look at a ${kind}`);
    }
}

function known<T>(server: T | undefined, block: string): T {
    if (server === undefined) throw new PlainError(`cicd:${block} is switched off`);
    return server;
}
