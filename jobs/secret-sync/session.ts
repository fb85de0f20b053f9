import { Deadline } from "../lib/deadline.js";
import { PlainError, wordsOf } from "../lib/errors.js";
import type { HttpClient } from "../lib/http.js";
import { redact } from "../lib/redact.js";
import { type KvSecret, VaultClient } from "../lib/vault.js";
import type { SyncSettings, VaultKey } from "./settings.js";

/** Time to give the token back, after the deadline of the run. */
const REVOKE_SECONDS = 5;

/** Vault for the time of one run: every path is read once. */
export class Session {
    /** The run's own credentials, which no message may hold. */
    readonly secrets: string[] = [];
    readonly #vault: VaultClient;
    readonly #mount: string;
    readonly #read = new Map<string, KvSecret>();

    constructor(
        private readonly settings: SyncSettings,
        http: HttpClient,
        deadline: Deadline,
    ) {
        const { vault, requestTimeoutSeconds, retryPauseMs } = settings;
        const { address, credential, kvMount } = vault;
        const options = {
            address,
            deadline,
            requestTimeoutMs: requestTimeoutSeconds * 1000,
            ...(retryPauseMs !== undefined && { retryPauseMs }),
        };
        const token = "token" in credential ? credential.token : undefined;
        this.#vault = new VaultClient(http, options, token);
        this.#mount = kvMount;
        this.secrets.push("token" in credential ? credential.token : credential.jwt);
    }

    /** @throws VaultError */
    async open(): Promise<void> {
        const { credential } = this.settings.vault;
        if ("jwt" in credential) await this.#vault.login(credential);
    }

    /**
     * A credential of the sync itself.
     *
     * @param value as it was given, or where Vault has it
     * @param variable that names the place in Vault
     * @throws VaultError, or PlainError when there is no text
     */
    async own(value: string | VaultKey, variable: string): Promise<string> {
        const text = typeof value === "string" ? value : (await this.#secret(value.path)).data.get(value.key);
        if (typeof text !== "string" || text === "") {
            const { path, key } = value as VaultKey;
            throw new PlainError(`${this.#mount}/${path}: has no text under "${key}", which ${variable} names`);
        }
        this.secrets.push(text);
        return text;
    }

    /**
     * A secret that is copied.
     *
     * @throws VaultError, or PlainError when it has no keys, which would look like all of them having been removed
     */
    async copied(path: string): Promise<KvSecret> {
        const secret = await this.#secret(path);
        if (secret.data.size === 0) throw new PlainError(`${this.#mount}/${path}: has no keys`);
        return secret;
    }

    /** Gives the token back. @returns why that failed, where it did; by now it is the smaller trouble */
    async close(): Promise<string | undefined> {
        try {
            await this.#vault.revokeSelf(new Deadline(REVOKE_SECONDS));
            return undefined;
        } catch (error) {
            return `The Vault token was not revoked and ends with its TTL: ${redact(wordsOf(error), this.secrets)}`;
        }
    }

    async #secret(path: string): Promise<KvSecret> {
        const secret = this.#read.get(path) ?? (await this.#vault.read(this.#mount, path));
        this.#read.set(path, secret);
        return secret;
    }
}
