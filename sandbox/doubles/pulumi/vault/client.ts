/** Vault's HTTP API. */

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fetchWithRetries } from "../provider/http.js";
import type { Json, JsonObject } from "../provider/values.js";

export interface VaultSettings {
    readonly address: string;
    readonly token?: string;
    readonly namespace?: string;
    readonly maxRetries: number;
    /** Work with the token itself instead of a child of it. */
    readonly skipChildToken: boolean;
    readonly childTokenTtlSeconds: number;
}

/** An answer that is an error. */
export class VaultError extends Error {
    constructor(
        readonly status: number,
        message: string,
    ) {
        super(message);
        this.name = "VaultError";
    }
}

export interface VaultAnswer {
    readonly data: JsonObject;
    readonly [name: string]: Json | undefined;
}

export class VaultClient {
    #token: Promise<string> | undefined;

    constructor(readonly settings: VaultSettings) {}

    /** Undefined if there is nothing at that path. */
    async read(path: string): Promise<VaultAnswer | undefined> {
        try {
            return await this.request("GET", path);
        } catch (error) {
            if (error instanceof VaultError && error.status === 404) {
                return undefined;
            }
            throw error;
        }
    }

    write(path: string, body: JsonObject): Promise<VaultAnswer> {
        return this.request("POST", path, body);
    }

    /** Nothing at that path is as good as deleted. */
    async delete(path: string): Promise<void> {
        try {
            await this.request("DELETE", path);
        } catch (error) {
            if (!(error instanceof VaultError && error.status === 404)) {
                throw error;
            }
        }
    }

    private async request(method: string, path: string, body?: JsonObject): Promise<VaultAnswer> {
        this.#token ??= this.login();
        const token = await this.#token.catch((error: unknown) => {
            // The next resource may try again.
            this.#token = undefined;
            throw error;
        });
        return this.send(token, method, path, body);
    }

    /** The token to work with: a child that ends with the run, unless that was switched off. */
    private async login(): Promise<string> {
        const token = this.settings.token ?? (await readFile(join(homedir(), ".vault-token"), "utf8").catch(() => ""));
        if (token.trim() === "") {
            throw new Error("vault: no token; set VAULT_TOKEN or the provider's input token");
        }
        if (this.settings.skipChildToken) {
            return token.trim();
        }
        const ttl = `${this.settings.childTokenTtlSeconds}s`;
        const answer = await this.send(token.trim(), "POST", "auth/token/create", {
            display_name: "terraform",
            ttl,
            explicit_max_ttl: ttl,
            renewable: false,
        }).catch((error: Error) => {
            throw new Error(
                `vault: a child token could not be made (set skipChildToken on the provider to work without): ${error.message}`,
            );
        });
        return ((answer.auth as JsonObject | undefined)?.client_token as string | undefined) ?? "";
    }

    private async send(token: string, method: string, path: string, body?: JsonObject): Promise<VaultAnswer> {
        const { address, namespace, maxRetries } = this.settings;
        const url = `${address.replace(/\/+$/, "")}/v1/${path.split("/").map(encodeSegment).join("/")}`;
        const response = await fetchWithRetries(
            `Vault at ${address}`,
            url,
            {
                method,
                headers: {
                    "x-vault-token": token,
                    "x-vault-request": "true",
                    ...(namespace && { "x-vault-namespace": namespace }),
                },
                ...(body && { body: JSON.stringify(body) }),
            },
            { retries: maxRetries, waitMilliseconds: 1000 },
        );
        const text = await response.text();
        const answer = parseAnswer(text);
        if (!response.ok) {
            const errors = Array.isArray(answer.errors) ? answer.errors.join("; ") : "";
            const reason =
                errors || (response.status === 404 ? "nothing there" : text.slice(0, 200) || "no reason given");
            throw new VaultError(response.status, `Vault answered ${response.status} to ${method} ${url}: ${reason}`);
        }
        return { ...answer, data: (answer.data as JsonObject | null | undefined) ?? {} };
    }
}

/** A query behind the last segment stays one. */
function encodeSegment(segment: string): string {
    const [name = "", ...query] = segment.split("?");
    return [encodeURIComponent(name), ...query].join("?");
}

function parseAnswer(text: string): JsonObject {
    try {
        return text === "" ? {} : (JSON.parse(text) as JsonObject);
    } catch {
        return {};
    }
}
