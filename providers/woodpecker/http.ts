import { setTimeout as delay } from "node:timers/promises";
import { adviceFor, reasonOf, WoodpeckerError } from "./errors.js";
import { Gate } from "./gate.js";
import { type Reply, send } from "./wire.js";

/** Where a Woodpecker server is, and how patient to be with it. */
export interface Connection {
    /** URL of the server without `/api`, with path prefix if it has one. */
    readonly server: string;
    /** API token of a user. */
    readonly token: string;
    /** Seconds to wait for one answer; a time-out is not retried. @default 30 */
    readonly timeoutSeconds?: number;
    /** Further tries after a connection error, 429 or 5xx. @default 4 */
    readonly maxRetries?: number;
    /** Ends waiting and retrying at once. */
    readonly signal?: AbortSignal;
    /** Milliseconds before the first retry; doubles with each further one up to 8 s. @default 250 */
    readonly firstDelay?: number;
}

export type Method = "GET" | "POST" | "PATCH" | "DELETE";

export interface Answer {
    readonly status: number;
    readonly headers: Reply["headers"];
    /** Parsed JSON, or undefined for an empty body. */
    readonly body: unknown;
}

/** Woodpecker's default database locks itself under many writes at once. */
const AT_ONCE = 8;

/** One server's REST API: JSON in and out, retries, and errors that say what to do. */
export class Transport {
    private readonly base: string;
    private readonly timeout: number;
    private readonly maxRetries: number;
    private readonly gate = new Gate(AT_ONCE);

    constructor(private readonly connection: Connection) {
        this.base = connection.server.replace(/\/+$/, "");
        this.timeout = (connection.timeoutSeconds ?? 30) * 1000;
        this.maxRetries = connection.maxRetries ?? 4;
    }

    /**
     * @param path below `/api`, e.g. `/repos/7`
     * @throws WoodpeckerError on anything but a 2xx answer in JSON
     */
    async request(method: Method, path: string, body?: object): Promise<Answer> {
        for (let attempt = 1; ; attempt++) {
            const outcome = await this.attempt(method, path, body, attempt);
            if (!(outcome instanceof WoodpeckerError)) return outcome;
            if (!outcome.retryable || attempt > this.maxRetries || this.connection.signal?.aborted) throw outcome;
            await this.pause(attempt, outcome);
        }
    }

    /**
     * One page of a list. An empty body is not an empty list: a proxy may have eaten it.
     *
     * @throws WoodpeckerError on anything but a list
     */
    async list(path: string): Promise<unknown[]> {
        const { status, body } = await this.request("GET", path);
        if (Array.isArray(body) || body === null) return body ?? [];
        throw new WoodpeckerError({
            server: this.base,
            method: "GET",
            path: `/api${path}`,
            status,
            words: "an answer that is not a list",
            advice: `Is ${this.base} the URL of Woodpecker (without /api), and no proxy in front of it that answers for it?`,
            attempts: 1,
            retryable: false,
        });
    }

    private async attempt(method: Method, path: string, body: object | undefined, attempt: number) {
        const fail = (status: number, words: string, retryable: boolean, retryAfter?: number) =>
            new WoodpeckerError({
                server: this.base,
                method,
                path: `/api${path}`,
                status,
                words: this.redact(words, body),
                advice: adviceFor(status, words, this.base),
                attempts: attempt,
                retryable,
                retryAfter,
            });
        let reply: Reply;
        try {
            reply = await this.gate.pass(() => this.send(method, path, body));
        } catch (error) {
            const { words, retryable } = reasonOf(error, this.timeout / 1000);
            return fail(0, words, retryable);
        }
        const { status, headers, text } = reply;
        const html = /^\s*<(!doctype|html|head)/i.test(text);
        if (status >= 300 || html) {
            return fail(status, describe(reply, html), isPassing(status, text), seconds(headers["retry-after"]));
        }
        try {
            return { status, headers, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
        } catch {
            // What stands in a page of somebody else's is not for the log.
            const type = headers["content-type"] ?? "no type";
            return fail(status, `an answer that is not JSON (${type}); is ${this.base} Woodpecker itself?`, false);
        }
    }

    private send(method: Method, path: string, body: object | undefined): Promise<Reply> {
        const limit = AbortSignal.timeout(this.timeout);
        return send(`${this.base}/api${path}`, {
            method,
            // The server reads a body without this content type as a form: 200, and nothing changed.
            headers: {
                authorization: `Bearer ${this.connection.token}`,
                "content-type": "application/json",
                accept: "application/json",
            },
            body: body === undefined ? undefined : JSON.stringify(body),
            signal: this.connection.signal ? AbortSignal.any([limit, this.connection.signal]) : limit,
        });
    }

    private async pause(attempt: number, error: WoodpeckerError): Promise<void> {
        const backoff = Math.min((this.connection.firstDelay ?? 250) * 2 ** (attempt - 1), 8000);
        const wait = error.retryAfter === undefined ? backoff * (0.75 + Math.random() / 2) : error.retryAfter * 1000;
        await delay(Math.min(wait, 30_000), undefined, { signal: this.connection.signal }).catch(() => {
            throw error;
        });
    }

    /** The server's words may repeat what was sent. */
    private redact(words: string, body: object | undefined): string {
        const sent = Object.entries(body ?? {}).filter(([key]) => key === "value" || key === "password");
        const hidden = [this.connection.token, ...sent.map(([, value]) => String(value))].filter((s) => s.length > 3);
        return hidden.reduce((text, secret) => text.replaceAll(secret, "[secret]"), words);
    }
}

/** Worth another try: the server's overload or outage, but not its way of saying "this exists already". */
function isPassing(status: number, text: string): boolean {
    return (status === 429 || status >= 500) && !/duplicate/i.test(text);
}

function describe({ status, headers, text }: Reply, html: boolean): string {
    if (status >= 300 && status < 400) return `a redirect to ${headers.location?.split("?")[0] ?? "nowhere"}`;
    if (!html) return text.trim().slice(0, 500);
    const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1]?.trim();
    return title ? `an HTML page, "${title}"` : "an HTML page";
}

/** Retry-After in seconds; its other form, a date, is as good as none. */
function seconds(retryAfter: string | undefined): number | undefined {
    return retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
}
