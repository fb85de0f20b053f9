import { type Call, ok, type Reply, refusal, relayed } from "./call.js";
import { Deliveries } from "./deliveries.js";
import { type Account, type Emulator, startEmulator } from "./emulator.js";
import { atLeast, type GitHub, repositoryOf } from "./github.js";
import { openedSecrets } from "./handlers/secrets.js";
import type { RequestLog } from "./requestLog.js";
import { matchRoute } from "./routes.js";
import { newKeyPair } from "./sealedBox.js";
import type { Seed } from "./seed.js";
import { loadState, newAdditions, saveState } from "./state.js";

/** A request as it came in. */
export interface Incoming {
    readonly method: string;
    /** Path and query. */
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
}

export interface DoubleOptions {
    readonly seed: Seed;
    /** `http://127.0.0.1:<port>`, without a slash at the end. */
    readonly origin: string;
    readonly log: RequestLog;
    /** Keeps everything over a restart; in memory only where left out. */
    readonly stateFile?: string;
}

const API = "/api/v3";

/** The emulator, what it lacks, and who may ask: everything but the listening socket. */
export class Double {
    private constructor(
        private readonly options: DoubleOptions,
        private readonly github: GitHub,
    ) {}

    static async open(options: DoubleOptions): Promise<Double> {
        const kept = options.stateFile ? loadState(options.stateFile) : undefined;
        // What was kept by a double that knew less lacks what has come since.
        const additions = { ...newAdditions(await newKeyPair()), ...kept?.additions };
        const root = options.origin + API;
        let emulator: Emulator;
        let double: Double | undefined;
        const deliveries = new Deliveries(
            () => emulator,
            (repositoryId) => additions.hooks[repositoryId] ?? [],
            additions.deliveries,
            (delivery) => {
                options.log.add({ delivery });
                double?.save();
            },
        );
        emulator = await startEmulator(options.seed, root, (raised) => deliveries.raise(raised));
        const github: GitHub = { emulator, additions, deliveries, root };
        if (kept) emulator.restore(kept.emulator);
        else await addCollaborators(github, options.seed);
        for (const [token, account] of Object.entries(additions.accounts)) emulator.accounts.set(token, account);
        double = new Double(options, github);
        double.save();
        return double;
    }

    /** Never throws: what goes wrong inside is a 500 that says so. */
    async answer(incoming: Incoming): Promise<Reply> {
        const url = new URL(incoming.url, this.options.origin);
        const account = this.accountOf(incoming.headers.authorization);
        let reply: Reply | undefined;
        try {
            reply = await this.reply(incoming, url, account);
        } catch (error) {
            reply =
                error instanceof SyntaxError
                    ? refusal(400, "Problems parsing JSON")
                    : refusal(500, error instanceof Error ? error.message : String(error));
        }
        if (!url.pathname.startsWith("/_sandbox/")) {
            const entry = { method: incoming.method, path: logged(url), login: account ? account.login : undefined };
            const unhandled = reply === undefined ? { unhandled: true as const } : {};
            this.options.log.add({ ...entry, status: reply?.status ?? 404, ...unhandled });
        }
        return reply ?? refusal(404, "Not Found");
    }

    /** `undefined` for a path that this double does not serve. */
    private async reply(incoming: Incoming, url: URL, account: Account | null | undefined): Promise<Reply | undefined> {
        const { method } = incoming;
        const call: Call = {
            method,
            path: url.pathname,
            query: url.searchParams,
            params: {},
            headers: incoming.headers,
            body: incoming.body,
            account: account ?? undefined,
        };
        if (url.pathname.startsWith("/_sandbox/")) return this.sandbox(call);
        if (url.pathname.startsWith("/login/oauth/")) return this.login(call);
        if (url.pathname === "/api/graphql") {
            return refusal(501, "This double of GitHub has no GraphQL; use the REST API below /api/v3");
        }
        if (!url.pathname.startsWith(`${API}/`)) return undefined;
        if (account === null) return refusal(401, "Bad credentials");
        const path = url.pathname.slice(API.length);
        const route = matchRoute(method, path);
        if (!route) return undefined;
        const reply = await route.handler(this.github, { ...call, path, params: route.params });
        if (method !== "GET" && reply.status < 400) this.save();
        return reply;
    }

    /** The pages of a login by OAuth: the account is picked, no password is asked. */
    private async login(call: Call): Promise<Reply | undefined> {
        const known = ["GET /login/oauth/authorize", "POST /login/oauth/callback", "POST /login/oauth/access_token"];
        if (!known.includes(`${call.method} ${call.path}`)) return undefined;
        const query = call.query.size > 0 ? `?${call.query}` : "";
        const { method, headers, body } = call;
        const answer = await this.github.emulator.ask({ method, path: call.path + query, headers, body });
        const token = (answer.json as { access_token?: string } | undefined)?.access_token;
        const account = token ? this.github.emulator.issued(token) : undefined;
        if (token && account) {
            this.github.emulator.accounts.set(token, account);
            this.github.additions.accounts[token] = account;
            this.save();
        }
        return relayed(answer);
    }

    private async sandbox(call: Call): Promise<Reply | undefined> {
        const after = Number(call.query.get("after") ?? 0);
        if (call.method !== "GET") return undefined;
        if (call.path === "/_sandbox/health") return ok({ kind: "double", of: "GitHub", ready: true });
        if (call.path === "/_sandbox/requests") return ok(this.options.log.after(after));
        if (call.path === "/_sandbox/unhandled") return ok(this.options.log.unhandled(after));
        const [, owner, repo] = /^\/_sandbox\/secrets\/([^/]+)\/([^/]+)$/.exec(call.path) ?? [];
        if (!owner || !repo) return undefined;
        const found = await repositoryOf(this.github, { ...call, params: { owner, repo } });
        if (!("repository" in found)) return relayed(found);
        if (!atLeast(found.level, "admin")) return refusal(403, "Only an administrator of the repository sees these");
        return ok(await openedSecrets(this.github, found));
    }

    /** `undefined` without a token, `null` for one that nobody knows. */
    private accountOf(authorization: string | undefined): Account | null | undefined {
        if (!authorization) return undefined;
        const token = authorization.replace(/^(bearer|token)\s+/i, "").trim();
        return this.github.emulator.accounts.get(token) ?? null;
    }

    private save(): void {
        const { emulator, additions } = this.github;
        if (this.options.stateFile) saveState(this.options.stateFile, emulator.snapshot(), additions);
    }
}

/** An access token may stand in a query (OAuth); the log does without. */
function logged(url: URL): string {
    return url.pathname.startsWith("/login/") ? url.pathname : url.pathname + url.search;
}

async function addCollaborators(github: GitHub, seed: Seed): Promise<void> {
    const administrator = [...github.emulator.accounts.values()].find((account) =>
        account.scopes.includes("admin:org"),
    );
    for (const repository of seed.github.repos ?? []) {
        for (const [login, permission] of Object.entries(repository.collaborators ?? {})) {
            const path = `/repos/${repository.owner}/${repository.name}/collaborators/${login}`;
            const body = JSON.stringify({ permission });
            const headers = { "content-type": "application/json" };
            const answer = await github.emulator.ask({ method: "PUT", path, account: administrator, headers, body });
            if (answer.status >= 400) throw new Error(`seed: ${path} as ${permission} was answered ${answer.status}`);
        }
    }
}
