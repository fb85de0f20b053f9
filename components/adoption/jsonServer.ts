import { setTimeout as pause } from "node:timers/promises";
import { PlainError, wordsOf } from "../../jobs/lib/errors.js";
import { type HttpClient, HttpFailure, type HttpReply } from "../../jobs/lib/http.js";

export interface JsonServerOptions {
    /** Of the system, e.g. `Vault`. */
    readonly name: string;
    /** With a slash at its end. */
    readonly base: URL;
    readonly headers: Readonly<Record<string, string>>;
    /** Where its credential comes from, for the advice when it is refused. */
    readonly credential: string;
    /** Before the first retry, doubled before the next. @default 500 */
    readonly retryPauseMs?: number;
}

const ATTEMPTS = 4;
const TIMEOUT_MS = 20_000;

/** A server's JSON interface, read with patience, and errors that say what to do. */
export class JsonServer {
    constructor(
        private readonly http: HttpClient,
        private readonly options: JsonServerOptions,
    ) {}

    /** @returns the body; nothing where the server knows no such path @throws PlainError */
    get(path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
        return this.#send("GET", path);
    }

    /** What is not there is as good as deleted. @throws PlainError */
    async delete(path: string): Promise<void> {
        await this.#send("DELETE", path);
    }

    async #send(method: string, path: string): Promise<Readonly<Record<string, unknown>> | undefined> {
        const { base, headers, retryPauseMs = 500 } = this.options;
        for (let attempt = 1; ; attempt++) {
            const answer = await this.http
                .request(new URL(path, base), { method, headers, timeoutMs: TIMEOUT_MS })
                .catch((error: unknown) => error);
            if (isReply(answer)) {
                if (answer.status === 404) return undefined;
                if (answer.status < 300) return parsed(answer);
            }
            const passing = isReply(answer)
                ? answer.status === 429 || answer.status >= 500
                : answer instanceof HttpFailure && answer.kind !== "oversized";
            if (!passing || attempt === ATTEMPTS) throw this.#error(method, path, answer, passing);
            await pause(retryPauseMs * 2 ** (attempt - 1));
        }
    }

    #error(method: string, path: string, answer: unknown, passing: boolean): PlainError {
        const { name, base, credential } = this.options;
        const words = isReply(answer) ? `${answer.status} ${messageOf(parsed(answer))}`.trim() : wordsOf(answer);
        const advice = passing ? "see that it is up, then run this again" : `see that ${credential} may do this`;
        return new PlainError(`${name} at ${base.host}: ${method} ${path}: ${words}; ${advice}`);
    }
}

function isReply(answer: unknown): answer is HttpReply {
    return typeof answer === "object" && answer !== null && "status" in answer && "body" in answer;
}

function parsed({ body }: HttpReply): Readonly<Record<string, unknown>> {
    try {
        const value: unknown = JSON.parse(body.toString("utf8"));
        return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    } catch {
        return {};
    }
}

/** GitHub says `message`, Vault `errors`. */
function messageOf({ message, errors }: Readonly<Record<string, unknown>>): string {
    const words = Array.isArray(errors) && errors.length > 0 ? errors.map(String).join("; ") : message;
    return typeof words === "string" ? words.replace(/\s+/g, " ").slice(0, 300) : "";
}
