import { randomBytes } from "node:crypto";
import { type Listening, listen } from "../../../sandbox/doubles/github/listen.js";
import { ownerSeed } from "../../support/github.js";

export interface Reply<T> {
    readonly status: number;
    readonly headers: Headers;
    readonly json: T;
}

/** The GitHub under contract, with a repository that exists for one suite. */
export interface Target {
    /** `…/api/v3`, or https://api.github.com */
    readonly api: string;
    readonly owner: string;
    readonly repository: string;
    /** Undefined when this is the real GitHub. */
    readonly double: Listening | undefined;
    /** A path starts with `/`; `:repo` in it stands for `/repos/<owner>/<repository>`. */
    call<T = Record<string, unknown>>(method: string, path: string, body?: unknown, token?: string): Promise<Reply<T>>;
    close(): Promise<void>;
}

/**
 * A double of the suite's own; the GitHub of GITHUB_CONTRACT_URL (with GITHUB_CONTRACT_TOKEN of an administrator of the organisation
 * GITHUB_CONTRACT_OWNER) where that is set.
 */
export async function openTarget(stateFile?: string): Promise<Target> {
    const { GITHUB_CONTRACT_URL, GITHUB_CONTRACT_TOKEN = "ghp_admin", GITHUB_CONTRACT_OWNER = "acme" } = process.env;
    const double = GITHUB_CONTRACT_URL ? undefined : await listen({ port: 0, seed: ownerSeed, stateFile });
    const api = GITHUB_CONTRACT_URL?.replace(/\/$/, "") ?? `${double?.origin}/api/v3`;
    const owner = GITHUB_CONTRACT_OWNER;
    const repository = `contract-${randomBytes(4).toString("hex")}`;
    const call: Target["call"] = async <T>(method: string, path: string, body?: unknown, token?: string) => {
        const authorization = token === "" ? {} : { authorization: `Bearer ${token ?? GITHUB_CONTRACT_TOKEN}` };
        const response = await fetch(api + path.replace(/^:repo/, `/repos/${owner}/${repository}`), {
            method,
            headers: { accept: "application/vnd.github+json", "content-type": "application/json", ...authorization },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        const text = await response.text();
        return { status: response.status, headers: response.headers, json: (text === "" ? {} : JSON.parse(text)) as T };
    };
    const made = await call("POST", `/orgs/${owner}/repos`, { name: repository, auto_init: true });
    if (made.status !== 201) throw new Error(`POST /orgs/${owner}/repos: ${made.status} ${JSON.stringify(made.json)}`);
    return {
        api,
        owner,
        repository,
        double,
        call,
        close: async () => {
            await call("DELETE", ":repo");
            await double?.close();
        },
    };
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64");
