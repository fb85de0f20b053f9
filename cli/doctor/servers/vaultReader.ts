import type { VaultValue } from "../../../config/primitives.js";
import { type JsonServer, Refusal } from "./jsonServer.js";
import { ServerDown } from "./serverDown.js";

export interface VaultOptions {
    /** With the operator's token. */
    readonly own: JsonServer;
    /** Without one. */
    readonly bare: JsonServer;
    readonly kvMount: string;
    /** How to get a token. */
    readonly login: string;
}

/** The operator's own token. */
export interface OwnToken {
    /** Seconds; 0 for one that does not end. */
    readonly ttl: number;
}

interface KvVersions {
    readonly versions: Readonly<Record<string, { readonly created_time: string; readonly deletion_time: string }>>;
}

/** What a value was for a time. */
export interface ValueVersion {
    readonly written: Date;
    /** Whether it is the value of now. */
    readonly isCurrent: boolean;
}

type KvData = Readonly<Record<string, unknown>>;

/** So many versions are looked back to find when a value changed. */
const VERSIONS_BACK = 10;

/** Vault as the operator sees it. */
export class VaultReader {
    readonly #read = new Map<string, Promise<KvData | undefined>>();

    private constructor(
        private readonly options: VaultOptions,
        readonly token: OwnToken,
    ) {}

    /** @throws ServerDown when the token is not accepted */
    static async open(options: VaultOptions): Promise<VaultReader> {
        try {
            const { data } = await options.own.get<{ data: OwnToken }>("auth/token/lookup-self");
            return new VaultReader(options, data);
        } catch (error) {
            if (!(error instanceof Refusal)) throw error;
            throw new ServerDown("Vault", `VAULT_TOKEN is not accepted: ${error.status} ${error.words}`, options.login);
        }
    }

    get mount(): string {
        return this.options.kvMount;
    }

    /** The newest version of a secret; undefined where there is none. */
    secret(path: string): Promise<KvData | undefined> {
        const read = this.#read.get(path) ?? this.#version(path);
        this.#read.set(path, read);
        return read;
    }

    /** Undefined where there is no text. */
    async value({ path, key }: VaultValue): Promise<string | undefined> {
        const value = (await this.secret(path))?.[key];
        return typeof value === "string" && value !== "" ? value : undefined;
    }

    /** The versions of a value, newest first; empty where its secret is not there. */
    async history({ path, key }: VaultValue): Promise<readonly ValueVersion[]> {
        const found = await this.options.own.find<{ data: KvVersions }>(`${this.mount}/metadata/${path}`);
        const versions = Object.entries(found?.data.versions ?? {})
            .filter(([, { deletion_time }]) => deletion_time === "")
            .sort(([a], [b]) => Number(b) - Number(a))
            .slice(0, VERSIONS_BACK);
        const current = (await this.secret(path))?.[key];
        return Promise.all(
            versions.map(async ([version, { created_time }]) => ({
                written: new Date(created_time),
                isCurrent: (await this.#version(path, version))?.[key] === current,
            })),
        );
    }

    /** What a ServiceAccount's token is worth at Vault. @throws Refusal */
    async loginAs(mount: string, role: string, jwt: string): Promise<string> {
        const path = `auth/${mount}/login`;
        const { auth } = await this.options.bare.post<{ auth: { client_token: string } }>(path, { role, jwt });
        return auth.client_token;
    }

    /** A request with another token than the operator's. @throws Refusal */
    async postAs<T>(token: string, path: string, body: object): Promise<T> {
        return this.options.bare.post<T>(path, body, { "x-vault-token": token });
    }

    async #version(path: string, version?: string): Promise<KvData | undefined> {
        const query = version === undefined ? "" : `?version=${version}`;
        const answer = await this.options.own.find<{ data: { data: KvData | null } }>(
            `${this.mount}/data/${path}${query}`,
        );
        return answer?.data.data ?? undefined;
    }
}
