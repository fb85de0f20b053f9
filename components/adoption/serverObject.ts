import type { Settings } from "../../config/settings.js";

/** The servers that the program changes. */
export type System = "GitHub" | "Woodpecker" | "Vault" | "Kubernetes";

/** An object on a server, by the name that it has there. */
export interface ServerObject {
    readonly system: System;
    /** In the server's word, e.g. `variable`, `policy`, `ServiceAccount`. */
    readonly kind: string;
    readonly name: string;
    /** What holds it: a repository, a mount of Vault, a namespace. */
    readonly within?: string;
    /** Of a file on GitHub. */
    readonly branch?: string;
    /** Of a Kubernetes object, e.g. `rbac.authorization.k8s.io/v1`. */
    readonly apiVersion?: string;
}

type Described = Pick<ServerObject, "kind" | "name" | "within"> & { readonly system: string };

/** A resource as the program declares it. */
export interface Declared {
    /** Its type token. */
    readonly type: string;
    readonly inputs: Readonly<Record<string, unknown>>;
    /** Its component: the same value for all that are in the same one. */
    readonly parent?: unknown;
}

/** What of an object's name the stack's settings say, as inputs may be known only when other resources are there. */
export interface Surroundings {
    /** Of every repository on GitHub. */
    readonly owner?: string;
    /** Mount of Vault's auth method for the cluster. */
    readonly authMount?: string;
    /** Mount of Vault's secrets engine for the cluster. */
    readonly secretsMount?: string;
    /** The repository that has crons. */
    readonly cronRepository?: string;
}

export function surroundingsOf({ github, vault, infra }: Settings): Surroundings {
    return {
        owner: github?.owner,
        authMount: vault?.mounts.kubernetesAuth,
        secretsMount: vault?.mounts.kubernetesSecrets,
        cronRepository: infra?.repository,
    };
}

/** For people, and the same text for the same object for ever: it is kept in the state. */
export function describeObject({ system, kind, name, within }: Described): string {
    return `${system} ${kind} ${name}${within ? ` in ${within}` : ""}`;
}

/**
 * Tells which objects resources are.
 *
 * One for all of a program, in the order in which it declares them: what is in a Woodpecker repository is known by its parent,
 * which the repository has in common with it.
 */
export class ObjectNames {
    readonly #repositories = new Map<unknown, string>();

    constructor(private readonly surroundings: Surroundings) {}

    /** Nothing where the resource is no object of its own: a provider, a patch. */
    of({ type, inputs, parent }: Declared): ServerObject | undefined {
        const { owner = "", authMount = "", secretsMount = "", cronRepository } = this.surroundings;
        const text = (key: string) => String(inputs[key]);
        const inRepository = { system: "GitHub", within: `${owner}/${text("repository")}` } as const;
        const registered = { system: "Woodpecker", within: this.#repositories.get(parent) ?? cronRepository } as const;
        switch (type) {
            case "github:index/repositoryFile:RepositoryFile":
                return { ...inRepository, kind: "file", name: text("file"), branch: text("branch") };
            case "github:index/actionsVariable:ActionsVariable":
                return { ...inRepository, kind: "variable", name: text("variableName") };
            case "github:index/actionsSecret:ActionsSecret":
                return { ...inRepository, kind: "secret", name: text("secretName") };
            case "vault:index/policy:Policy":
                return { system: "Vault", kind: "policy", name: text("name") };
            case "vault:index/authBackend:AuthBackend":
                return { system: "Vault", kind: "auth method", name: text("path") };
            case "vault:kubernetes/authBackendConfig:AuthBackendConfig":
                return { system: "Vault", kind: "configuration", name: `auth/${authMount}/config` };
            case "vault:kubernetes/secretBackend:SecretBackend":
                return { system: "Vault", kind: "secrets engine", name: text("path") };
            case "vault:kubernetes/authBackendRole:AuthBackendRole":
                return { system: "Vault", kind: "role", name: text("roleName"), within: `auth/${authMount}` };
            case "vault:kubernetes/secretBackendRole:SecretBackendRole":
                return { system: "Vault", kind: "role", name: text("name"), within: secretsMount };
            case "woodpecker:index:Repository":
                this.#repositories.set(parent, text("fullName"));
                return { system: "Woodpecker", kind: "repository", name: text("fullName") };
            case "woodpecker:index:RepositorySecret":
                return { ...registered, kind: "secret", name: text("name") };
            case "woodpecker:index:Cron":
                return { ...registered, kind: "cron", name: text("name") };
            default:
                return type.startsWith("kubernetes:") ? kubernetesObject(type, inputs) : undefined;
        }
    }
}

function kubernetesObject(type: string, { metadata }: Declared["inputs"]): ServerObject | undefined {
    const [, group = "", kind = ""] = type.split(":");
    const { name, namespace } = (metadata ?? {}) as { name?: unknown; namespace?: unknown };
    // A patch changes some fields of an object that is somebody else's.
    if (kind.endsWith("Patch") || typeof name !== "string") return undefined;
    return {
        system: "Kubernetes",
        kind,
        name,
        ...(typeof namespace === "string" && { within: namespace }),
        apiVersion: group.replace(/^core\//, ""),
    };
}
