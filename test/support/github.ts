import type { Listening } from "../../sandbox/doubles/github/listen.js";
import type { Seed } from "../../sandbox/doubles/github/seed.js";

/** An organisation `acme` with repository `website`; its administrator, a bot that may push, and a stranger. */
export const ownerSeed: Seed = {
    tokens: {
        ghp_admin: { login: "ci-admin", scopes: ["repo", "workflow", "admin:org"] },
        ghp_bot: { login: "ci-bot", scopes: ["repo"] },
        ghp_stranger: { login: "stranger", scopes: ["repo"] },
    },
    github: {
        users: [{ login: "ci-admin", email: "ci-admin@sandbox.test" }, { login: "ci-bot" }, { login: "stranger" }],
        orgs: [{ login: "acme", members: [{ login: "ci-admin", role: "admin" }] }],
        repos: [{ owner: "acme", name: "website", default_branch: "main", collaborators: { "ci-bot": "push" } }],
        oauth_apps: [
            {
                client_id: "client",
                client_secret: "client-secret",
                name: "Woodpecker",
                redirect_uris: ["http://127.0.0.1:18000/authorize"],
            },
        ],
    },
};

export interface ApiReply {
    readonly status: number;
    readonly headers: Headers;
    /** The JSON object; empty where there is none. A list stands under `items`. */
    readonly body: Readonly<Record<string, unknown>>;
}

/** One request to a double of GitHub, as its administrator. */
export async function api(
    double: Pick<Listening, "origin">,
    method: string,
    path: string,
    body?: unknown,
    token = "ghp_admin",
): Promise<ApiReply> {
    const response = await fetch(`${double.origin}/api/v3${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const value: unknown = text === "" ? {} : JSON.parse(text);
    const object = Array.isArray(value) ? { items: value } : (value as Record<string, unknown>);
    return { status: response.status, headers: response.headers, body: object };
}

/** The plaintexts of a repository's Actions secrets. */
export async function openedSecrets(double: Pick<Listening, "origin">, repository: string): Promise<unknown> {
    const headers = { authorization: "Bearer ghp_admin" };
    return (await fetch(`${double.origin}/_sandbox/secrets/${repository}`, { headers })).json();
}
