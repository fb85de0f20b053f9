import * as z from "zod";
import { wordsOf } from "../lib/errors.js";
import { type Mapping, pathsOf } from "../secret-sync/mapping.js";
import { offersOf, type Problem } from "../secret-sync/offers.js";
import { type AllowList, isAllowed } from "./allowList.js";
import { type Answer, answerOf, entriesFor, type Pipeline, type ServedSecret } from "./answer.js";
import type { Cache } from "./cache.js";
import type { ExtensionMetrics, Outcome } from "./metrics.js";
import type { ServerKey } from "./serverKey.js";
import { type SignedRequest, verdictOn } from "./signature.js";

export interface ExtensionParts {
    readonly mapping: Mapping;
    readonly kvMount: string;
    readonly allow: AllowList;
    readonly key: ServerKey;
    readonly cache: Cache;
    readonly metrics: ExtensionMetrics;
    /** Gets one record a request; no value is in it. */
    readonly log: (record: Readonly<Record<string, unknown>>) => void;
    /** Seconds since the epoch. @default the clock's */
    readonly now?: () => number;
}

export interface Reply {
    readonly status: number;
    readonly body: { readonly secrets: readonly ServedSecret[] } | { readonly error: string };
}

/** What of a request counts; the server sends the whole rows of repository and pipeline. */
const body = z.object({
    repo: z.object({ full_name: z.string().regex(/^[^\s/]+(\/[^\s/]+)+$/) }),
    pipeline: z.object({ event: z.string().min(1), number: z.number().optional() }),
});

const MOST_LISTED = 20;

/** Answers Woodpecker's requests for the secrets of a pipeline. */
export class Extension {
    constructor(private readonly parts: ExtensionParts) {}

    /**
     * Who is not the server gets nothing. The server always gets 200 and a list: at anything else, 204 included, it
     * tries again, and then uses what it has stored without telling anybody.
     */
    async answer(request: SignedRequest): Promise<Reply> {
        const refused = await this.#refusal(request);
        if (refused !== undefined) {
            this.#note("rejected", { reason: refused });
            return { status: 401, body: { error: `the request ${refused}` } };
        }
        const asked = body.safeParse(parse(request.body));
        if (!asked.success) {
            this.#note("incomplete", { reason: "the request names no repository and event" });
            return { status: 200, body: { secrets: [] } };
        }
        const { repo, pipeline } = asked.data;
        const { outcome, answer } = await this.#answerTo({ repository: repo.full_name, event: pipeline.event });
        this.#note(outcome, {
            repository: repo.full_name,
            event: pipeline.event,
            pipeline: pipeline.number,
            secrets: answer.secrets.length,
            ...(answer.problems.length > 0 && { problems: shown(answer.problems) }),
        });
        return { status: 200, body: { secrets: answer.secrets } };
    }

    /** Looks at all there is to serve, so that what is wrong is known before a pipeline needs it. Never throws. */
    async check(): Promise<void> {
        const { mapping, kvMount, key, cache, metrics, log } = this.parts;
        const all = pathsOf(mapping);
        const [known, secrets] = await Promise.all([
            key.current().then(
                () => true,
                (error: unknown) => {
                    log({ check: "key", reason: wordsOf(error) });
                    return false;
                },
            ),
            cache.refresh(all),
        ]);
        const read = mapping.entries.filter(({ path }) => secrets.has(path));
        const { refused } = offersOf({ mapping: { entries: read }, mount: kvMount, secrets });
        const problems = all.length - secrets.size + refused.length;
        if (refused.length > 0) log({ check: "mapping", problems: shown(refused) });
        // Once it could serve it stays ready: to take it away would turn some missing secrets into no secrets at all.
        metrics.ready ||= known && secrets.size > 0;
        metrics.check = { good: known && problems === 0, problems };
    }

    async #answerTo(pipeline: Pipeline): Promise<{ readonly outcome: Outcome; readonly answer: Answer }> {
        const { mapping, kvMount, allow, cache } = this.parts;
        const nothing: Answer = { secrets: [], problems: [] };
        if (!isAllowed(allow, pipeline.repository, pipeline.event)) return { outcome: "not_allowed", answer: nothing };
        const entries = entriesFor(mapping, pipeline);
        if (entries.length === 0) return { outcome: "empty", answer: nothing };
        const secrets = await cache.get(pathsOf({ entries }));
        const answer = answerOf(entries, kvMount, secrets);
        if (answer.problems.length > 0) return { outcome: "incomplete", answer };
        return { outcome: answer.secrets.length > 0 ? "served" : "empty", answer };
    }

    /** @returns why the request is not the server's, where it is not */
    async #refusal(request: SignedRequest): Promise<string | undefined> {
        const { key, now = () => Date.now() / 1000 } = this.parts;
        try {
            let verdict = verdictOn(request, await key.current(), Math.floor(now()));
            if (verdict === "wrong key") verdict = verdictOn(request, await key.renewed(), Math.floor(now()));
            if (verdict === "good") return undefined;
            return verdict === "wrong key" ? "was signed with another key than the server's" : verdict.refused;
        } catch (error) {
            return `cannot be checked: ${wordsOf(error)}`;
        }
    }

    #note(outcome: Outcome, record: Readonly<Record<string, unknown>>): void {
        this.parts.metrics.count(outcome);
        this.parts.log({ outcome, ...record });
    }
}

function parse(text: Buffer): unknown {
    try {
        return JSON.parse(text.toString("utf8"));
    } catch {
        return undefined;
    }
}

function shown(problems: readonly Problem[]): string[] {
    return problems
        .slice(0, MOST_LISTED)
        .map(({ name, reason }) => (name === undefined ? reason : `${name}: ${reason}`));
}
