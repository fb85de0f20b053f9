import { ProbeError, type RegistryClient, type RegistryReply } from "./client.js";

const PAGE_SIZE = 1000;
const MAX_LISTING_BYTES = 32 << 20;
const MAX_PAGES = 10_000;

/** Names of all repositories, page by page. @throws ProbeError where the list cannot be had to its end */
export async function* listRepositories(client: RegistryClient): AsyncGenerator<string[]> {
    yield* pages(client, "_catalog", "repositories");
}

/**
 * Tags of a repository, page by page; none where it has no tags or is not known (any more).
 *
 * Their order means nothing: registry 2.8 lists them in the order of its file system.
 *
 * @throws ProbeError where the list cannot be had to its end
 */
export async function* listTags(client: RegistryClient, repository: string): AsyncGenerator<string[]> {
    yield* pages(client, `${encodePath(repository)}/tags/list`, "tags");
}

/** A name as part of a path. @throws ProbeError for a name that would lead elsewhere */
export function encodePath(name: string): string {
    const segments = name.split("/");
    if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
        throw new ProbeError(`${JSON.stringify(name.slice(0, 200))} is not a name that can be asked for`, "denied");
    }
    return segments.map(encodeURIComponent).join("/");
}

async function* pages(client: RegistryClient, path: string, field: "repositories" | "tags"): AsyncGenerator<string[]> {
    const seen = new Set<string>();
    let query: string | undefined = `n=${PAGE_SIZE}`;
    while (query !== undefined) {
        const after: string = new URLSearchParams(query).get("last") ?? "";
        if (seen.has(after) || seen.size >= MAX_PAGES) {
            throw new ProbeError(`${path}: the list leads in a circle at ?${query.slice(0, 200)}`);
        }
        seen.add(after);
        const reply: RegistryReply = await fetchPage(client, path, query);
        if (field === "tags" && reply.status === 404) return;
        const names = namesIn(reply, path, field);
        yield names;
        query =
            nextQuery(reply, path, client.origin) ?? (field === "tags" ? undefined : queryAfterFullPage(names, after));
    }
}

async function fetchPage(client: RegistryClient, path: string, query: string): Promise<RegistryReply> {
    const reply = await client.ask({ path: `${path}?${query}`, maxBytes: MAX_LISTING_BYTES });
    // a registry with a lower limit refuses the page size instead of cutting it down
    if (reply.status !== 400 || !query.includes("n=")) return reply;
    const rest = new URLSearchParams(query);
    rest.delete("n");
    const withoutSize = rest.toString();
    return client.ask({ path: withoutSize ? `${path}?${withoutSize}` : path, maxBytes: MAX_LISTING_BYTES });
}

function namesIn(reply: RegistryReply, path: string, field: string): string[] {
    if (reply.oversized) throw new ProbeError(`${path}: the list is larger than ${MAX_LISTING_BYTES} bytes`);
    if (reply.status !== 200 || reply.cut) {
        throw new ProbeError(`${path}: ${reply.cut ? "the answer broke off" : `unexpected answer ${reply.status}`}`);
    }
    let document: unknown;
    try {
        document = JSON.parse(reply.body.toString("utf8"));
    } catch {
        throw new ProbeError(`${path}: the answer is not JSON`);
    }
    const names = (document as Record<string, unknown> | null)?.[field];
    // an empty list is null in registry 2.8
    if (names === null) return [];
    if (!Array.isArray(names) || !names.every((name) => typeof name === "string")) {
        throw new ProbeError(`${path}: the answer holds no list of ${field}`);
    }
    return names;
}

/** Query of the next page. Only its query is taken from a Link, so that a path prefix of ours survives. */
function nextQuery(reply: RegistryReply, path: string, origin: string): string | undefined {
    const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(String(reply.headers.link ?? ""))?.[1];
    if (target === undefined) return undefined;
    const url = URL.canParse(target, origin) ? new URL(target, origin) : undefined;
    if (!url?.search)
        throw new ProbeError(`${path}: the Link to the next page cannot be read: ${target.slice(0, 200)}`);
    if (url.origin !== origin) throw new ProbeError(`${path}: the Link to the next page leads away, to ${url.origin}`);
    return url.search.slice(1);
}

/**
 * Registry 2.8 forgets the Link when a page happens to end at `x/1y` after `x`, and the rest of the catalog is lost
 * in silence: after a full page without a Link, ask once more.
 */
function queryAfterFullPage(names: readonly string[], after: string): string | undefined {
    const last = names.at(-1);
    if (last === undefined || names.length < PAGE_SIZE || last === after) return undefined;
    return `last=${encodeURIComponent(last)}&n=${PAGE_SIZE}`;
}
