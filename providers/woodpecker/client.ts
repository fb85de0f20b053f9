/** Woodpecker's REST API as far as this project needs it; knows nothing of Pulumi. */
import { WoodpeckerError } from "./errors.js";
import { type Connection, Transport } from "./http.js";

export { WoodpeckerError } from "./errors.js";
export type { Connection } from "./http.js";

export interface User {
    readonly id: number;
    readonly login: string;
    readonly admin?: boolean;
}

export interface Organization {
    readonly id: number;
    readonly name: string;
}

/** What PATCH changes; a field that is absent stays as it is. */
export interface RepoSettings {
    config_file: string;
    require_approval: string;
    approval_allowed_users: string[] | null;
    timeout: number;
    visibility: string;
    allow_pr: boolean;
    allow_deploy: boolean;
    cancel_previous_pipeline_events: string[] | null;
    netrc_trusted: string[] | null;
    trusted: { network: boolean; volumes: boolean; security: boolean };
    config_extension_endpoint: string;
    config_extension_exclusive: boolean;
    config_extension_netrc: boolean;
    registry_extension_endpoint: string;
    registry_extension_netrc: boolean;
    secret_extension_endpoint: string;
    secret_extension_netrc: boolean;
}

export interface Repo extends RepoSettings {
    readonly id: number;
    readonly forge_remote_id: string;
    readonly org_id: number;
    readonly owner: string;
    readonly name: string;
    readonly full_name: string;
    readonly forge_url: string;
    readonly clone_url: string;
    readonly default_branch: string;
    readonly active: boolean;
}

/** A repository as the forge lists it; only active ones have an id. */
export interface ForgeRepo {
    readonly id?: number;
    readonly forge_remote_id: string;
    readonly full_name: string;
    readonly active?: boolean;
}

/** A secret without its value, which the server never gives back. */
export interface Secret {
    readonly id: number;
    readonly name: string;
    readonly events: string[];
    readonly images: string[] | null;
    readonly note: string;
}

export interface Cron {
    readonly id: number;
    readonly name: string;
    readonly schedule: string;
    readonly timezone: string;
    readonly branch: string;
    readonly enabled: boolean;
    readonly variables: Record<string, string> | null;
}

/** Registry credentials without the password. */
export interface Registry {
    readonly id: number;
    readonly address: string;
    readonly username: string;
}

/** Whose secrets and registries: everybody's, an organisation's or a repository's. */
export type Scope = "global" | { readonly organizationId: number } | { readonly repositoryId: number };

/** The server gives at most 50 entries a page, whatever is asked for. */
const PAGE = 50;

export class WoodpeckerClient {
    private readonly transport: Transport;

    constructor(connection: Connection) {
        this.transport = new Transport(connection);
    }

    /** The token's user, and the server's version where it says so. Fails on a token that is not valid. */
    async whoami(): Promise<{ user: User; version: string | undefined }> {
        const { body, headers } = await this.transport.request("GET", "/user");
        const version = headers["x-woodpecker-version"];
        return { user: body as User, version: version === undefined ? undefined : String(version) };
    }

    /** Active or not; follows renames. Undefined when it was never activated, or the user may not see it. */
    lookupRepository(fullName: string): Promise<Repo | undefined> {
        const path = fullName.split("/").map(encodeURIComponent).join("/");
        return this.find<Repo>(`/repos/lookup/${path}`);
    }

    repository(id: number): Promise<Repo | undefined> {
        return this.find<Repo>(`/repos/${id}`);
    }

    /** What the token's user may do with a repository. */
    async permissions(id: number): Promise<{ pull: boolean; push: boolean; admin: boolean } | undefined> {
        return this.find(`/repos/${id}/permissions`);
    }

    /** Every repository the token's user sees on the forge, active or not; asks the forge. */
    async forgeRepositories(): Promise<ForgeRepo[]> {
        return ((await this.transport.request("GET", "/user/repos?all=true")).body as ForgeRepo[] | null) ?? [];
    }

    async activateRepository(forgeRemoteId: string): Promise<Repo> {
        const query = new URLSearchParams({ forge_remote_id: forgeRemoteId });
        return (await this.transport.request("POST", `/repos?${query}`)).body as Repo;
    }

    async updateRepository(id: number, patch: Partial<RepoSettings>): Promise<Repo> {
        return (await this.transport.request("PATCH", `/repos/${id}`, patch)).body as Repo;
    }

    /** Keeps id, settings, secrets and history. */
    async deactivateRepository(id: number): Promise<void> {
        await this.transport.request("DELETE", `/repos/${id}`);
    }

    /** Deletes the row with pipelines, secrets and registries (not crons); the id is never used again. */
    async removeRepository(id: number): Promise<void> {
        await this.transport.request("DELETE", `/repos/${id}?remove=true`);
    }

    /** Known once one of its repositories was activated. */
    lookupOrganization(name: string): Promise<Organization | undefined> {
        return this.find<Organization>(`/orgs/lookup/${encodeURIComponent(name)}`);
    }

    secrets(scope: Scope): Collection<Secret> {
        return new Collection(this.transport, `${prefix(scope)}/secrets`);
    }

    registries(scope: Scope): Collection<Registry> {
        return new Collection(this.transport, `${prefix(scope)}/registries`);
    }

    crons(repositoryId: number): Collection<Cron> {
        return new Collection(this.transport, `${prefix({ repositoryId })}/cron`);
    }

    private async find<T>(path: string): Promise<T | undefined> {
        return orUndefined(async () => (await this.transport.request("GET", path)).body as T);
    }
}

/** Entries of one kind in one place. A key is a secret's name, a registry's address or a cron's number. */
export class Collection<T extends object> {
    constructor(
        private readonly transport: Transport,
        /** Below `/api`, e.g. `/repos/7/secrets`. */
        readonly path: string,
    ) {}

    async list(): Promise<T[]> {
        const all: T[] = [];
        for (let page = 1; ; page++) {
            const query = `?page=${page}&perPage=${PAGE}`;
            const entries = (await this.transport.list(this.path + query)) as T[];
            all.push(...entries);
            if (entries.length < PAGE) return all;
        }
    }

    get(key: string | number): Promise<T | undefined> {
        return orUndefined(async () => (await this.transport.request("GET", this.at(key))).body as T);
    }

    async create(entry: object): Promise<T> {
        return (await this.transport.request("POST", this.path, entry)).body as T;
    }

    /** Undefined when there is no such entry. The server merges: absent fields stay, empty strings are ignored. */
    update(key: string | number, patch: object): Promise<T | undefined> {
        return orUndefined(async () => (await this.transport.request("PATCH", this.at(key), patch)).body as T);
    }

    /** False when there was no such entry. */
    async remove(key: string | number): Promise<boolean> {
        return (await orUndefined(async () => !!(await this.transport.request("DELETE", this.at(key))))) ?? false;
    }

    private at(key: string | number): string {
        return `${this.path}/${encodeURIComponent(key)}`;
    }
}

function prefix(scope: Scope): string {
    if (scope === "global") return "";
    return "repositoryId" in scope ? `/repos/${scope.repositoryId}` : `/orgs/${scope.organizationId}`;
}

async function orUndefined<T>(call: () => Promise<T>): Promise<T | undefined> {
    try {
        return await call();
    } catch (error) {
        if (error instanceof WoodpeckerError && error.isMissing) return undefined;
        throw error;
    }
}
