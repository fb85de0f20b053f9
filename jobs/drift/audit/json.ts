import type { Deadline } from "../../lib/deadline.js";
import { PlainError, wordsOf } from "../../lib/errors.js";
import type { HttpClient, HttpReply } from "../../lib/http.js";

/** A question to a server that got no usable answer. */
export class ReadError extends PlainError {
    override readonly name = "ReadError";

    constructor(
        message: string,
        /** 0 when there was no answer. */
        readonly status: number,
    ) {
        super(message);
    }
}

export interface JsonReaderOptions {
    /** For messages, e.g. `GitHub`. */
    readonly system: string;
    /** With a slash at its end. */
    readonly base: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly deadline: Deadline;
    readonly timeoutMs: number;
}

const ATTEMPTS = 3;
const MAX_BYTES = 32 << 20;

/** Reads JSON from a server, and nothing else: it sends no request but GET. */
export class JsonReader {
    constructor(
        private readonly http: HttpClient,
        private readonly options: JsonReaderOptions,
    ) {}

    get server(): string {
        return `${this.options.system} at ${this.options.base.host}`;
    }

    /** @returns undefined for 404 @throws ReadError for anything else that is not JSON with a success */
    async get<T>(path: string): Promise<T | undefined> {
        const { base, headers, deadline, timeoutMs } = this.options;
        const url = new URL(path, base);
        let trouble: ReadError | undefined;
        for (let attempt = 1; attempt <= ATTEMPTS && !deadline.passed; attempt++) {
            if (trouble) await deadline.sleep(250 * 2 ** attempt);
            let reply: HttpReply;
            try {
                const limit = Math.min(timeoutMs, deadline.remainingMs);
                reply = await this.http.request(url, { headers, maxBytes: MAX_BYTES, timeoutMs: limit });
            } catch (error) {
                trouble = this.#trouble(path, wordsOf(error), 0);
                continue;
            }
            const { status, body } = reply;
            if (status === 404) return undefined;
            const parsed = parse(body.toString("utf8"));
            if (status >= 200 && status < 300 && parsed !== undefined) return parsed as T;
            const words =
                status >= 200 && status < 300
                    ? `an answer that is not ${this.options.system}'s`
                    : body.toString("utf8", 0, 300).replace(/\s+/g, " ");
            trouble = this.#trouble(path, `${status} ${words}`, status);
            if (status !== 429 && status < 500) throw trouble;
        }
        throw trouble ?? this.#trouble(path, "no time left", 0);
    }

    #trouble(path: string, words: string, status: number): ReadError {
        return new ReadError(`${this.server}, GET ${path}: ${words}`, status);
    }
}

function parse(text: string): object | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return typeof value === "object" && value !== null ? value : undefined;
    } catch {
        return undefined;
    }
}
