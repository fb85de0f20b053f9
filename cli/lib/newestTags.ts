import type { GitHub } from "../../config/github.js";
import type { App } from "../../config/settings.js";
import type { ImageRegistries } from "../../jobs/lib/registry/image.js";
import { JsonServer } from "../doctor/servers/jsonServer.js";
import type { Session } from "./session.js";

interface Commit {
    readonly sha: string;
    readonly commit: { readonly committer?: { readonly date?: string } };
}

/** The newest commit that all of an application's images were built of. */
export interface NewestTag {
    readonly tag: string;
    /** When the commit was made. */
    readonly committed?: Date;
}

/** GitHub gives no more in one answer. */
const PAGE = 100;
const TIMEOUT_MS = 20_000;

/**
 * A registry does not say which of its tags is the newest, and its order means nothing; the branch does.
 *
 * @returns nothing when none of the last hundred commits has images
 * @throws Error that says which server did not answer
 */
export async function newestTag(
    app: App,
    registries: Pick<ImageRegistries, "tags">,
    github: JsonServer,
): Promise<NewestTag | undefined> {
    const query = new URLSearchParams({ sha: app.branches[0], per_page: String(PAGE) });
    const [commits, ...tags] = await Promise.all([
        github.get<Commit[]>(`repos/${app.repository.fullName}/commits?${query}`),
        ...app.images.map(async ({ name }) => new Set(await registries.tags(name))),
    ]);
    const newest = commits.find(({ sha }) => tags.every((known) => known.has(sha.slice(0, 8))));
    const date = newest?.commit.committer?.date;
    return newest && { tag: newest.sha.slice(0, 8), ...(date && { committed: new Date(date) }) };
}

/** GitHub's API, as far as the session's token reaches. */
export function githubOf({ http, environment }: Session, { baseUrl }: GitHub): JsonServer {
    const token = environment.GITHUB_TOKEN;
    return new JsonServer(http, {
        name: "GitHub",
        url: new URL(baseUrl ? `${baseUrl}/api/v3/` : "https://api.github.com/"),
        timeoutMs: TIMEOUT_MS,
        ...(token && { headers: { authorization: `Bearer ${token}` } }),
    });
}
