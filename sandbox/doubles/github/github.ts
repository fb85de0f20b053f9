import type { components } from "@octokit/openapi-types";
import type { Call } from "./call.js";
import type { Deliveries } from "./deliveries.js";
import type { Account, Answer, Emulator } from "./emulator.js";
import type { Additions } from "./state.js";

/** JSON numbers are exact here: ids stay far below 2^53. */
export type Repository = Omit<components["schemas"]["full-repository"], "id"> & { readonly id: number };

/** What the handlers work on. */
export interface GitHub {
    readonly emulator: Emulator;
    readonly additions: Additions;
    readonly deliveries: Deliveries;
    /** `http://127.0.0.1:<port>/api/v3` */
    readonly root: string;
}

export type Level = "none" | "pull" | "push" | "admin";

const ORDER: readonly Level[] = ["none", "pull", "push", "admin"];

export const atLeast = (level: Level, wanted: Level): boolean => ORDER.indexOf(level) >= ORDER.indexOf(wanted);

/** Asks the emulator, as the caller, what the caller asked. */
export function forward(github: GitHub, call: Call, path = call.path): Promise<Answer> {
    const query = call.query.size > 0 ? `?${call.query}` : "";
    return github.emulator.ask({
        method: call.method,
        path: path + query,
        account: call.account,
        headers: { "content-type": call.headers["content-type"] ?? "application/json", accept: "application/json" },
        body: call.body,
    });
}

export function get(github: GitHub, path: string, account: Account | undefined): Promise<Answer> {
    return github.emulator.ask({ method: "GET", path, account });
}

/**
 * What an account may do with a repository: its owner and the organisation's members administer it, a collaborator has the role
 * given, everybody reads what is public. The emulator itself says admin to everyone.
 */
export async function levelOf(github: GitHub, repository: Repository, account: Account | undefined): Promise<Level> {
    const reads: Level = repository.private ? "none" : "pull";
    if (!account) return reads;
    if (repository.owner.login === account.login) return "admin";
    if (repository.owner.type === "Organization") {
        const path = `/orgs/${repository.owner.login}/memberships/${account.login}`;
        const membership = (await get(github, path, account)).json as { state?: string } | undefined;
        if (membership?.state === "active") return "admin";
    }
    const path = `/repos/${repository.full_name}/collaborators/${account.login}/permission`;
    const answer = await get(github, path, administratorOf(github, repository));
    const role = (answer.json as { permission?: string } | undefined)?.permission;
    if (role === "admin" || role === "maintain") return "admin";
    if (role === "write" || role === "push") return "push";
    return role === "read" || role === "triage" ? "pull" : reads;
}

/** Collaborators are shown to those who can push; the check itself asks as somebody who certainly can. */
function administratorOf(github: GitHub, repository: Repository): Account | undefined {
    const accounts = [...github.emulator.accounts.values()];
    return (
        accounts.find((account) => account.login === repository.owner.login) ??
        accounts.find((account) => account.scopes.includes("admin:org")) ??
        accounts[0]
    );
}

export interface Permitted {
    readonly repository: Repository;
    readonly level: Level;
}

/** The repository named in the path and what the caller may do there; or what the emulator said instead. */
export async function repositoryOf(github: GitHub, call: Call): Promise<Permitted | Answer> {
    const answer = await get(github, `/repos/${call.params.owner}/${call.params.repo}`, call.account);
    if (answer.status !== 200) return answer;
    const repository = answer.json as Repository;
    return { repository, level: await levelOf(github, repository, call.account) };
}
