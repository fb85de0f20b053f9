import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface Version {
    readonly version: number;
    /** As JSON, so that a test can have what JavaScript cannot hold; nothing once it is deleted. */
    readonly json: string | undefined;
}

interface Reply {
    readonly status: number;
    readonly text?: string;
}

/** A KV store of version 2 and a Kubernetes login, in memory, with the answers of OpenBao 2.7. */
export class VaultStub {
    readonly root = "stub-root-token-81b2";
    /** Tokens that are good, and those that were given back. */
    readonly tokens = new Set<string>([this.root]);
    readonly revoked: string[] = [];
    /** The ServiceAccount token that is accepted. */
    readonly jwt = "stub.service-account.jwt-55d0";
    readonly #secrets = new Map<string, Version>();
    kvVersion: 1 | 2 = 2;
    /** The role that may log in. */
    role = "secret-sync";
    sealed = false;

    private constructor(private readonly server: Server) {}

    static async start(): Promise<VaultStub> {
        const server = createServer();
        const stub = new VaultStub(server);
        server.on("request", async (incoming, outgoing) => {
            const chunks: Buffer[] = [];
            for await (const chunk of incoming) chunks.push(chunk as Buffer);
            const token = String(incoming.headers["x-vault-token"] ?? "");
            const { method = "", url = "" } = incoming;
            const { status, text } = stub.#answer(
                method,
                url.replace(/^\/v1\//, ""),
                token,
                Buffer.concat(chunks).toString(),
            );
            outgoing.writeHead(status, { "content-type": "application/json" }).end(text);
        });
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        return stub;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    put(path: string, json: string): void {
        this.#secrets.set(path, { version: (this.#secrets.get(path)?.version ?? 0) + 1, json });
    }

    /** Deletes the newest version, as `vault kv delete` does. */
    delete(path: string): void {
        const { version = 1 } = this.#secrets.get(path) ?? {};
        this.#secrets.set(path, { version, json: undefined });
    }

    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((closed) => this.server.close(closed));
    }

    #answer(method: string, path: string, token: string, body: string): Reply {
        if (this.sealed) return errors(503, "Vault is sealed");
        if (path === "auth/kubernetes/login" && method === "POST") return this.#login(body);
        if (!this.tokens.has(token)) return errors(403, "permission denied");
        if (path === "auth/token/revoke-self") {
            this.tokens.delete(token);
            this.revoked.push(token);
            return { status: 204 };
        }
        if (path === "sys/internal/ui/mounts/secret") {
            const options = this.kvVersion === 2 ? '{"version":"2"}' : "null";
            return { status: 200, text: `{"data":{"type":"kv","options":${options}}}` };
        }
        const [, name] = /^secret\/data\/(.+)$/.exec(path) ?? [];
        const found = name === undefined || this.kvVersion === 1 ? undefined : this.#secrets.get(name);
        if (!found) return errors(404);
        const metadata = `"metadata":{"version":${found.version},"deletion_time":"","destroyed":false}`;
        return { status: found.json ? 200 : 404, text: `{"data":{"data":${found.json ?? "null"},${metadata}}}` };
    }

    #login(body: string): Reply {
        const { role, jwt } = JSON.parse(body) as { role: string; jwt: string };
        if (role !== this.role) return errors(400, `invalid role name "${role}"`);
        if (jwt !== this.jwt) return errors(403, "permission denied");
        const token = `stub-login-token-${this.tokens.size}${this.revoked.length}`;
        this.tokens.add(token);
        return { status: 200, text: JSON.stringify({ auth: { client_token: token } }) };
    }
}

function errors(status: number, ...words: readonly string[]): Reply {
    return { status, text: JSON.stringify({ errors: words }) };
}
