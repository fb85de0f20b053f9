import type { Deadline } from "./deadline.js";
import { PlainError, wordsOf } from "./errors.js";
import { type HttpClient, HttpFailure, type HttpReply } from "./http.js";

/** One version of a secret in a KV store of version 2. */
export interface KvSecret {
    readonly version: number;
    /**
     * Keys as they are in Vault, values as JSON. A number that JavaScript cannot hold exactly stays the text it was
     * (`JSON.rawJSON`).
     */
    readonly data: ReadonlyMap<string, unknown>;
}

export interface VaultOptions {
    /** With a slash at its end. */
    readonly address: URL;
    readonly deadline: Deadline;
    /** Time for one request. @default 30 000 */
    readonly requestTimeoutMs?: number;
    /** Before the first retry; doubles with each further one up to 8 s. @default 500 */
    readonly retryPauseMs?: number;
}

export interface KubernetesLogin {
    /** Path of the auth method, without slashes at the ends. */
    readonly mount: string;
    readonly role: string;
    /** Token of the ServiceAccount. */
    readonly jwt: string;
}

/** A request to Vault that failed. Its message is for the operator and holds no secret. */
export class VaultError extends PlainError {
    override readonly name = "VaultError";

    constructor(
        message: string,
        /** 0 when there was no answer. */
        readonly status: number,
    ) {
        super(message);
    }
}

const ATTEMPTS = 5;
/** Vault takes no secret larger than 32 MiB. */
const MAX_BYTES = 33 << 20;

/** Vault (or OpenBao) as far as a job needs it: log in, read, and give the token back. */
export class VaultClient {
    #token: string | undefined;
    #ownToken = false;
    #requests = 0;

    constructor(
        private readonly http: HttpClient,
        private readonly options: VaultOptions,
        /** A token somebody else has made; it is used and not revoked. */
        token?: string,
    ) {
        this.#token = token;
    }

    /** Requests sent so far, retries included. */
    get requests(): number {
        return this.#requests;
    }

    /** @throws VaultError */
    async login({ mount, role, jwt }: KubernetesLogin): Promise<void> {
        const path = `auth/${mount}/login`;
        const reply = await this.#send("POST", path, { role, jwt });
        const token = (bodyOf(reply) as { auth?: { client_token?: unknown } } | undefined)?.auth?.client_token;
        if (reply.status !== 200 || typeof token !== "string") {
            throw this.#error("POST", path, reply, `role "${role}", its audience and its ServiceAccount`);
        }
        this.#token = token;
        this.#ownToken = true;
    }

    /**
     * The newest version of a secret.
     *
     * @throws VaultError also when there is none, it is deleted, or the store is of version 1
     */
    async read(mount: string, path: string): Promise<KvSecret> {
        const place = `${mount}/data/${path}`;
        const reply = await this.#send("GET", place);
        const body = bodyOf(reply) as KvAnswer | undefined;
        const { data, metadata } = body?.data ?? {};
        if (reply.status === 200 && isObject(data) && Number.isInteger(metadata?.version)) {
            return { version: Number(metadata?.version), data: new Map(Object.entries(data)) };
        }
        if (reply.status === 404 && metadata) {
            throw new VaultError(`${mount}/${path}: version ${metadata.version} was deleted; undelete it`, 404);
        }
        if ((reply.status === 404 || reply.status === 200) && body && (await this.#isVersion1(mount))) {
            const remedy = `vault kv enable-versioning ${mount}`;
            throw new VaultError(`${mount}: is a KV store of version 1; version 2 is needed (${remedy})`, reply.status);
        }
        if (reply.status === 404 && body) {
            throw new VaultError(`${mount}/${path}: there is no such secret`, 404);
        }
        throw this.#error("GET", place, reply, `the policy for ${place}`);
    }

    /**
     * Ends a token that came of `login`; one that was given is left to its owner.
     *
     * @param deadline of its own, for the client's may have passed
     * @throws VaultError
     */
    async revokeSelf(deadline: Deadline): Promise<void> {
        if (!this.#ownToken) return;
        const path = "auth/token/revoke-self";
        const reply = await this.#send("POST", path, {}, deadline);
        if (reply.status !== 204 && reply.status !== 200) throw this.#error("POST", path, reply, "its policy");
        this.#ownToken = false;
        this.#token = undefined;
    }

    async #isVersion1(mount: string): Promise<boolean> {
        const reply = await this.#send("GET", `sys/internal/ui/mounts/${mount}`);
        const found = bodyOf(reply) as { data?: { type?: string; options?: { version?: string } | null } } | undefined;
        return reply.status === 200 && found?.data?.type === "kv" && found.data.options?.version !== "2";
    }

    async #send(
        method: string,
        path: string,
        body?: object,
        deadline: Deadline = this.options.deadline,
    ): Promise<HttpReply> {
        const { address, requestTimeoutMs = 30_000, retryPauseMs = 500 } = this.options;
        const url = new URL(`v1/${path.split("/").map(encodeURIComponent).join("/")}`, address);
        let trouble: VaultError | undefined;
        for (let attempt = 1; attempt <= ATTEMPTS && !deadline.passed; attempt++) {
            if (trouble) await deadline.sleep(Math.min(retryPauseMs * 2 ** (attempt - 2), 8000));
            if (deadline.passed) break;
            this.#requests++;
            try {
                const reply = await this.http.request(url, {
                    method,
                    headers: {
                        "content-type": "application/json",
                        // Vault's own guard against requests that a browser was talked into.
                        "x-vault-request": "true",
                        ...(this.#token && { "x-vault-token": this.#token }),
                    },
                    ...(body && { body: JSON.stringify(body) }),
                    maxBytes: MAX_BYTES,
                    timeoutMs: Math.min(requestTimeoutMs, deadline.remainingMs),
                });
                if (reply.status !== 429 && reply.status < 500) return reply;
                trouble = this.#error(method, path, reply);
            } catch (error) {
                const passing = error instanceof HttpFailure && ["connection", "cut"].includes(error.kind);
                trouble = new VaultError(`${this.#name(method, path)}: ${wordsOf(error)}`, 0);
                if (!passing) throw trouble;
            }
        }
        throw trouble ?? new VaultError(`${this.#name(method, path)}: no time left`, 0);
    }

    #error(method: string, path: string, { status, headers, body }: HttpReply, check?: string): VaultError {
        const errors = (bodyOf({ body }) as { errors?: unknown } | undefined)?.errors;
        const words = Array.isArray(errors)
            ? errors.map(String).join("; ").replace(/\s+/g, " ").slice(0, 300)
            : headers.location
              ? "a redirect"
              : "an answer that is not Vault's";
        const hint = check && (status === 400 || status === 403) ? `; check ${check}` : "";
        return new VaultError(
            `${this.#name(method, path)}: ${[status, words].filter(Boolean).join(" ")}${hint}`,
            status,
        );
    }

    #name(method: string, path: string): string {
        return `Vault at ${this.options.address.host}, ${method} ${path}`;
    }
}

interface KvAnswer {
    readonly data?: { readonly data?: unknown; readonly metadata?: { readonly version?: number } };
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function bodyOf({ body }: { readonly body: Buffer }): unknown {
    try {
        const parsed: unknown = JSON.parse(
            body.toString("utf8"),
            exactNumber as (key: string, value: unknown) => unknown,
        );
        return isObject(parsed) ? parsed : undefined;
    } catch {
        return undefined;
    }
}

/** Not yet in the library's types (Node 22 has it). */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function exactNumber(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
    return typeof value !== "number" || source === undefined || String(value) === source ? value : rawJSON(source);
}
