import { createPublicKey, type KeyObject } from "node:crypto";
import { PlainError, wordsOf } from "../lib/errors.js";
import type { HttpClient } from "../lib/http.js";

/** Holds the key that Woodpecker's server signs with. */
export interface ServerKey {
    /** @throws PlainError when it is not known */
    current(): Promise<KeyObject>;
    /** The key after another look at the server, where it may be asked again already. */
    renewed(): Promise<KeyObject>;
}

/** @throws PlainError on anything but an Ed25519 key in PEM */
export function readPublicKey(pem: string): KeyObject {
    let key: KeyObject | undefined;
    try {
        key = createPublicKey(pem);
    } catch {
        // What OpenSSL says of it helps nobody.
    }
    if (key?.asymmetricKeyType !== "ed25519") throw new PlainError("is not an Ed25519 public key in PEM");
    return key;
}

/** A key that is given: another one is never believed. */
export function pinnedKey(key: KeyObject): ServerKey {
    return { current: async () => key, renewed: async () => key };
}

/** Least time between two looks: a stranger's requests must not become requests to Woodpecker. */
const PAUSE_MS = 30_000;
const TIMEOUT_MS = 4000;

/** The key that the server shows; it has another one when its database was made anew. */
export class ShownKey implements ServerKey {
    #key: Promise<KeyObject> | undefined;
    #asked = Number.NEGATIVE_INFINITY;

    /** @param server address of Woodpecker, with a slash at its end */
    constructor(
        private readonly http: HttpClient,
        private readonly server: URL,
        private readonly pauseMs = PAUSE_MS,
    ) {}

    current(): Promise<KeyObject> {
        // Where it failed, the next request asks again.
        this.#key ??= this.#ask().catch((error) => {
            this.#key = undefined;
            throw error;
        });
        return this.#key;
    }

    async renewed(): Promise<KeyObject> {
        if (performance.now() - this.#asked < this.pauseMs) return this.current();
        const before = await this.current();
        return this.#ask().then(
            (key) => {
                this.#key = Promise.resolve(key);
                return key;
            },
            () => before,
        );
    }

    async #ask(): Promise<KeyObject> {
        this.#asked = performance.now();
        const url = new URL("api/signature/public-key", this.server);
        try {
            const { status, body } = await this.http.request(url, { timeoutMs: TIMEOUT_MS, maxBytes: 10_000 });
            if (status !== 200) throw new PlainError(`answered ${status}`);
            return readPublicKey(body.toString("utf8"));
        } catch (error) {
            throw new PlainError(`Woodpecker's public key at ${url.host}${url.pathname}: ${wordsOf(error)}`);
        }
    }
}
