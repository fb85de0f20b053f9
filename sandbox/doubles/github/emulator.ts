import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Seed } from "./seed.js";

/** Who a token stands for. */
export interface Account {
    readonly login: string;
    readonly id: number;
    readonly scopes: readonly string[];
}

export interface Answer {
    readonly status: number;
    readonly headers: Headers;
    readonly body: Buffer;
    /** The parsed body, or `undefined` where it is no JSON. */
    readonly json: unknown;
}

export interface Question {
    readonly method: string;
    /** Path and query, below the API's root. */
    readonly path: string;
    /** Nobody when left out. */
    readonly account?: Account;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Buffer | string;
}

/** A webhook event as the emulator raises it. */
export interface RaisedEvent {
    readonly event: string;
    readonly payload: Record<string, unknown>;
    readonly owner: string;
    readonly repository: string;
}

/** The `emulate` package's GitHub, called in the process. */
export interface Emulator {
    ask(question: Question): Promise<Answer>;
    /** Accounts by token: those of the seed, and those handed out at a login. */
    readonly accounts: Map<string, Account>;
    /** The account of a token that the emulator itself has just handed out. */
    issued(token: string): Account | undefined;
    /** Every repository of a user or organisation, by full name. */
    repositoriesOf(owner: string): readonly string[];
    snapshot(): unknown;
    restore(snapshot: unknown): void;
}

interface App {
    fetch(request: Request): Promise<Response>;
}
interface Store {
    snapshot(): unknown;
    restore(snapshot: unknown): void;
    collection(name: string): { all(): readonly { full_name: string }[] };
}
interface Dispatcher {
    dispatch(event: string, action: string | undefined, payload: unknown, owner: string, repo?: string): Promise<void>;
}
interface Plugin {
    register(app: App, store: Store, webhooks: Dispatcher, baseUrl: string, tokens: Map<string, Account>): void;
}

/** The emulator counts 5000 requests an hour for a token and then refuses; an Enterprise server by default does not. */
const REQUESTS_PER_ALIAS = 4000;

/**
 * Starts the emulator without a listener of its own.
 *
 * Version 0.12.2 has neither a snapshot of its built-in services nor a way to add routes, but its plugin object is handed the
 * application, the store and the webhook dispatcher: they are taken there.
 *
 * @param baseUrl what stands before every path in returned `url` fields
 * @param raised receives what would be delivered to webhooks
 */
export async function startEmulator(
    seed: Seed,
    baseUrl: string,
    raised: (event: RaisedEvent) => Promise<void>,
): Promise<Emulator> {
    const { createEmulator } = await import("emulate");
    const plugin = await githubPlugin();
    let parts: { app: App; store: Store; accounts: Map<string, Account> } | undefined;
    const register = plugin.register;
    plugin.register = (app, store, webhooks, base, accounts) => {
        register.call(plugin, app, store, webhooks, base, accounts);
        webhooks.dispatch = async (event, _action, payload, owner, repository) => {
            if (repository === undefined) return;
            await raised({ event, payload: payload as Record<string, unknown>, owner, repository });
        };
        parts = { app, store, accounts };
    };
    try {
        const emulator = await createEmulator({
            service: "github",
            port: 0,
            hostname: "127.0.0.1",
            seed: withoutCollaborators(seed),
            baseUrl,
        });
        await emulator.close();
    } finally {
        plugin.register = register;
    }
    if (!parts) throw new Error("the emulate package did not register its GitHub plugin");
    return new InProcess(parts.app, parts.store, parts.accounts, baseUrl);
}

class InProcess implements Emulator {
    readonly accounts: Map<string, Account>;
    private readonly asked = new Map<string, number>();

    constructor(
        private readonly app: App,
        private readonly store: Store,
        /** The emulator's own table, which also holds the aliases made here. */
        private readonly known: Map<string, Account>,
        private readonly baseUrl: string,
    ) {
        this.accounts = new Map(known);
    }

    async ask(question: Question): Promise<Answer> {
        const headers = new Headers(question.headers);
        headers.delete("authorization");
        headers.delete("content-length");
        if (question.account) headers.set("authorization", `Bearer ${this.alias(question.account)}`);
        const bodiless = question.method === "GET" || question.method === "HEAD" || !question.body?.length;
        const url = new URL(question.path, new URL(this.baseUrl).origin);
        const response = await this.app.fetch(
            new Request(url, {
                method: question.method,
                headers,
                body: bodiless ? undefined : Buffer.from(question.body as Buffer | string),
            }),
        );
        const body = Buffer.from(await response.arrayBuffer());
        for (const name of [...response.headers.keys()]) {
            if (name.startsWith("x-ratelimit-")) response.headers.delete(name);
        }
        return { status: response.status, headers: response.headers, body, json: parsed(body) };
    }

    issued(token: string): Account | undefined {
        return this.known.get(token);
    }

    repositoriesOf(owner: string): readonly string[] {
        const prefix = `${owner.toLowerCase()}/`;
        const all = this.store.collection("github.repos").all();
        return all.map((repository) => repository.full_name).filter((name) => name.toLowerCase().startsWith(prefix));
    }

    snapshot(): unknown {
        return this.store.snapshot();
    }

    restore(snapshot: unknown): void {
        this.store.restore(snapshot);
    }

    private alias(account: Account): string {
        const count = this.asked.get(account.login) ?? 0;
        this.asked.set(account.login, count + 1);
        const alias = `${account.login}#${Math.floor(count / REQUESTS_PER_ALIAS)}`;
        this.known.set(alias, account);
        return alias;
    }
}

function parsed(body: Buffer): unknown {
    try {
        return JSON.parse(body.toString("utf8"));
    } catch {
        return undefined;
    }
}

/** The plugin lives in a chunk that only the package's entry file names. */
async function githubPlugin(): Promise<Plugin> {
    const manifest = findPackageJSON("emulate", pathToFileURL(__filename));
    if (!manifest) throw new Error("the package [emulate] is not installed: run npm ci");
    const directory = join(dirname(manifest), "dist");
    const entry = readFileSync(join(directory, "api.js"), "utf8");
    const chunk = /import\("(\.\/dist-[^"]+\.js)"\);\s*return \{\s*plugin: mod\.githubPlugin/.exec(entry)?.[1];
    if (!chunk) throw new Error(`${manifest}: not the version 0.12.2 that this double was written for`);
    const loaded = (await import(pathToFileURL(join(directory, chunk)).href)) as { githubPlugin: Plugin };
    return loaded.githubPlugin;
}

function withoutCollaborators(seed: Seed): { tokens: Record<string, { login: string; scopes?: string[] }> } {
    const repos = (seed.github.repos ?? []).map(({ collaborators: _, ...repository }) => repository);
    return structuredClone({ ...seed, github: { ...seed.github, repos } }) as ReturnType<typeof withoutCollaborators>;
}
