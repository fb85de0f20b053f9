import { readManifest } from "../../integrity-probe/questions.js";
import { Deadline } from "../deadline.js";
import { wordsOf } from "../errors.js";
import type { HttpClient } from "../http.js";
import { Budget } from "./budget.js";
import { ProbeError, RegistryClient } from "./client.js";
import { listTags } from "./listing.js";

/** The only platform that is built and deployed. */
const PLATFORM = "linux/amd64";
const DOCKER_HUB = "docker.io";
/** For all that is asked of one registry. */
const SECONDS = 60;
const REQUEST_TIMEOUT_MS = 15_000;

export interface Login {
    readonly username: string;
    readonly password: string;
}

/** What a registry holds under a tag. */
export type TagState =
    /** `platforms` of an index; absent for an image of one platform. */
    | { readonly found: true; readonly digest: string; readonly platforms?: readonly string[] }
    | { readonly found: false }
    /** It is there and cannot be used, or the registry did not say; `needsLogin`: to nobody without a login. */
    | { readonly unclear: string; readonly needsLogin?: true };

/** Looks images up in whatever registry their names say, one login for all of them. */
export class ImageRegistries {
    readonly #clients = new Map<string, RegistryClient>();

    constructor(
        private readonly http: HttpClient,
        private readonly login?: Login,
    ) {}

    /** @param image full name without tag */
    async tag(image: string, tag: string): Promise<TagState> {
        const { host, repository } = placeOf(image);
        try {
            const verdict = await readManifest(this.#client(host), repository, tag, { missing: "missing_manifest" });
            if (!("failure" in verdict)) {
                const { kind, children } = verdict.manifest;
                const platforms = children.map(({ platform }) => platform);
                return { found: true, digest: verdict.digest, ...(kind === "index" && { platforms }) };
            }
            const { failure } = verdict;
            return failure.class === "missing_manifest" ? { found: false } : { unclear: failure.detail };
        } catch (error) {
            const needsLogin = !this.login && error instanceof ProbeError && error.refused;
            return { unclear: `${host}: ${wordsOf(error)}`, ...(needsLogin && { needsLogin }) };
        }
    }

    /** In no order that means anything; none for an image that is not known. @throws ProbeError */
    async tags(image: string): Promise<string[]> {
        const { host, repository } = placeOf(image);
        const tags: string[] = [];
        for await (const page of listTags(this.#client(host), repository)) tags.push(...page);
        return tags;
    }

    #client(host: string): RegistryClient {
        const known = this.#clients.get(host);
        if (known) return known;
        const client = new RegistryClient(this.http, new Budget(new Deadline(SECONDS)), {
            url: addressOf(host),
            requestTimeoutMs: REQUEST_TIMEOUT_MS,
            ...(this.login && { credentials: this.login }),
        });
        this.#clients.set(host, client);
        return client;
    }
}

/** Whether a tag can run on the cluster's nodes. */
export function runsOnNodes(state: TagState): boolean {
    if (!("found" in state) || !state.found) return false;
    return state.platforms === undefined || state.platforms.some((p) => p === PLATFORM || p.startsWith(`${PLATFORM}/`));
}

/** Host and repository of an image's name, as the Docker tools read it. */
export function placeOf(image: string): { host: string; repository: string } {
    const [first = "", ...rest] = image.split("/");
    if (rest.length > 0 && (/[.:]/.test(first) || first === "localhost")) {
        return { host: first, repository: rest.join("/") };
    }
    return { host: DOCKER_HUB, repository: rest.length === 0 ? `library/${image}` : image };
}

/** Registries on loopback speak plain HTTP, which the container runtimes take for granted too. */
function addressOf(host: string): URL {
    if (host === DOCKER_HUB) return new URL("https://registry-1.docker.io/");
    const loopback = /^(localhost|127\.[\d.]+|\[::1\])(:|$)/.test(host);
    return new URL(`${loopback ? "http" : "https"}://${host}/`);
}

/**
 * The tags that are most like one that is not there, the most alike first.
 *
 * @param most how many
 */
export function nearestTags(wanted: string, tags: readonly string[], most = 5): string[] {
    return tags
        .filter((tag) => /^[0-9a-f]{8}$/.test(tag))
        .map((tag) => ({ tag, distance: editDistance(wanted, tag) }))
        .sort((a, b) => a.distance - b.distance || (a.tag < b.tag ? -1 : 1))
        .slice(0, most)
        .map(({ tag }) => tag);
}

/** Least number of characters to insert, remove or replace. */
function editDistance(from: string, to: string): number {
    let row = Array.from({ length: to.length + 1 }, (_, i) => i);
    for (let i = 1; i <= from.length; i++) {
        const next = [i];
        for (let j = 1; j <= to.length; j++) {
            const same = from[i - 1] === to[j - 1] ? 0 : 1;
            next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
        }
        row = next;
    }
    return row[to.length] ?? 0;
}
