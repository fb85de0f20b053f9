import type { components } from "@octokit/openapi-types";
import { type Call, created, invalid, objectIn, ok, page, type Reply, refusal, relayed, timestamp } from "../call.js";
import { type GitHub, get, type Permitted } from "../github.js";
import type { StoredStatus } from "../state.js";

type Simple = components["schemas"]["simple-commit-status"];
type Combined = Omit<components["schemas"]["combined-commit-status"], "repository"> & { repository: unknown };

const STATES = ["error", "failure", "pending", "success"];

/** The commit that a branch, tag or (abbreviated) hash names; `undefined` where there is none. */
export async function commitOf(github: GitHub, call: Call, ref: string): Promise<string | undefined> {
    const path = `/repos/${call.params.owner}/${call.params.repo}/commits/${ref.replace(/^refs\/heads\//, "")}`;
    const answer = await get(github, path, call.account);
    return answer.status === 200 ? (answer.json as { sha: string }).sha : undefined;
}

/** Newest first. */
export function statusesOf(github: GitHub, { repository }: Permitted, sha: string): StoredStatus[] {
    github.additions.statuses[repository.id] ??= {};
    const byCommit = github.additions.statuses[repository.id] as Record<string, StoredStatus[]>;
    byCommit[sha] ??= [];
    return byCommit[sha] as StoredStatus[];
}

/** The last status of each context. */
export function latest(statuses: readonly StoredStatus[]): readonly StoredStatus[] {
    return [...new Map([...statuses].reverse().map((status) => [status.context, status])).values()];
}

export async function createStatus(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const asked = call.params.sha ?? "";
    const sha = /^[0-9a-f]{7,40}$/.test(asked) ? await commitOf(github, call, asked) : undefined;
    if (!sha) return refusal(422, `No commit found for SHA: ${asked}`);
    const body = objectIn(call);
    if (!STATES.includes(String(body.state))) return invalid("Status", "state", "custom");
    const id = github.additions.nextId++;
    const creator = (await get(github, "/user", call.account)).json as StoredStatus["creator"];
    const status: StoredStatus = {
        url: `${github.root}/repos/${permitted.repository.full_name}/statuses/${sha}`,
        id,
        node_id: Buffer.from(`Status${id}`).toString("base64"),
        state: String(body.state),
        description: typeof body.description === "string" ? body.description : null,
        target_url: typeof body.target_url === "string" ? body.target_url : null,
        context: typeof body.context === "string" ? body.context : "default",
        avatar_url: null,
        creator,
        created_at: timestamp(),
        updated_at: timestamp(),
    };
    statusesOf(github, permitted, sha).unshift(status);
    return created(status);
}

export async function listStatuses(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const sha = await commitOf(github, call, call.params.ref ?? "");
    if (!sha) return refusal(404, "Not Found");
    return page(call, statusesOf(github, permitted, sha), github.root, (items) => items);
}

export async function combinedStatus(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const path = `/repos/${permitted.repository.full_name}/commits/${call.params.ref}`;
    const answer = await get(github, path, call.account);
    if (answer.status !== 200) return relayed(answer);
    const { sha } = answer.json as { sha: string };
    const statuses = latest(statusesOf(github, permitted, sha));
    const states = statuses.map((status) => status.state);
    const failed = states.some((state) => state === "failure" || state === "error");
    const waiting = states.length === 0 || states.includes("pending");
    const url = `${github.root}/repos/${permitted.repository.full_name}/commits/${sha}`;
    const combined: Combined = {
        state: failed ? "failure" : waiting ? "pending" : "success",
        statuses: statuses.map(({ creator: _, ...status }) => status as Simple),
        sha,
        total_count: statuses.length,
        repository: permitted.repository,
        commit_url: url,
        url: `${url}/status`,
    };
    return ok(combined);
}
