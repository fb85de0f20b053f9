/** The Vault of the environment, as somebody who edits behind the program's back uses it. */

type Json = Record<string, unknown>;

export class VaultServer {
    readonly address: string;
    readonly #token: string;

    /** @throws outside of the sandbox's environment */
    constructor() {
        const { VAULT_ADDR, VAULT_TOKEN } = process.env;
        if (VAULT_ADDR === undefined || VAULT_TOKEN === undefined) {
            throw new Error('VAULT_ADDR is not set: npm run sandbox -- up; eval "$(npm run -s sandbox -- env)"');
        }
        this.address = VAULT_ADDR;
        this.#token = VAULT_TOKEN;
    }

    /** The answer's data; undefined if there is nothing. */
    async read(path: string): Promise<Json | undefined> {
        return this.#call("GET", path);
    }

    async write(path: string, body: Json): Promise<void> {
        await this.#call("POST", path, body);
    }

    async delete(path: string): Promise<void> {
        await this.#call("DELETE", path);
    }

    /** Names of all policies, auth methods and secrets engines. */
    async inventory(): Promise<string[]> {
        const policies = ((await this.read("sys/policies/acl?list=true"))?.keys as string[] | undefined) ?? [];
        const auth = Object.keys((await this.read("sys/auth")) ?? {});
        const engines = Object.keys((await this.read("sys/mounts")) ?? {});
        return [...policies, ...auth, ...engines].sort();
    }

    async #call(method: string, path: string, body?: Json): Promise<Json | undefined> {
        const response = await fetch(`${this.address}/v1/${path}`, {
            method,
            headers: { "x-vault-token": this.#token },
            ...(body && { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        if (response.status === 404) {
            return undefined;
        }
        if (!response.ok) {
            throw new Error(`${method} ${path}: ${response.status} ${text}`);
        }
        return text === "" ? {} : (JSON.parse(text) as { data: Json }).data;
    }
}
