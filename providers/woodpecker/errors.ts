/** What is known about a call that failed. */
export interface Failure {
    readonly server: string;
    readonly method: string;
    /** With `/api`. */
    readonly path: string;
    /** HTTP status, 0 when there was no answer. */
    readonly status: number;
    /** What the server said, or why there was no answer; without secrets. */
    readonly words: string;
    /** The next step for a person; may be empty. */
    readonly advice: string;
    /** How often it was tried. */
    readonly attempts: number;
    readonly retryable: boolean;
    /** Seconds the server asked to wait. */
    readonly retryAfter?: number;
}

/** A call to Woodpecker that failed; its message is for the operator and holds no secret. */
export class WoodpeckerError extends Error {
    readonly status: number;
    readonly words: string;
    readonly attempts: number;
    readonly retryable: boolean;
    readonly retryAfter: number | undefined;
    /** The message without the next step. */
    readonly summary: string;
    /** The next step. */
    readonly advice: string;

    constructor(failure: Failure) {
        const tries = failure.attempts > 1 ? ` (tried ${failure.attempts} times)` : "";
        const outcome = [failure.status || "no answer", failure.words].filter((part) => part !== "").join(": ");
        const summary = `Woodpecker ${failure.server}: ${failure.method} ${failure.path} -> ${outcome}${tries}`;
        super(failure.advice === "" ? summary : `${summary}\n${failure.advice}`);
        this.name = "WoodpeckerError";
        this.summary = summary;
        this.advice = failure.advice;
        this.status = failure.status;
        this.words = failure.words;
        this.attempts = failure.attempts;
        this.retryable = failure.retryable;
        this.retryAfter = failure.retryAfter;
    }

    /** Something of that name is there already: 409, but 500 for secrets and registries. */
    get isDuplicate(): boolean {
        return this.status === 409 || (this.status === 500 && /duplicate/i.test(this.words));
    }

    /** Woodpecker's own 404; a proxy's comes as a page and must not read as "gone". */
    get isMissing(): boolean {
        return this.status === 404 && !this.words.startsWith("an HTML page");
    }

    /** There was no usable answer at all: nothing is wrong with what was asked. */
    get isOutage(): boolean {
        return this.status === 0 || this.status === 429 || (this.status >= 500 && !this.isDuplicate);
    }
}

/** The next step after an answer that was no success. */
export function adviceFor(status: number, words: string, server: string): string {
    if (/HTML page|redirect/.test(words) && status < 500) {
        return `That is not Woodpecker's API: is ${server} its URL (without /api), and is no login proxy in front of it?`;
    }
    switch (true) {
        case status === 0 && /certificate/i.test(words):
            return "Let Node.js trust the issuer: NODE_EXTRA_CA_CERTS=<file with the CA's certificate>.";
        case status === 0:
            return `Is the server up and reachable from here? Try: curl -i ${server}/healthz`;
        case status === 401:
            return `The token is missing, wrong or revoked: take a new one from ${server}/user/cli-and-api and set WOODPECKER_TOKEN.`;
        case status === 403:
            return "The token's user lacks the right: repository settings need an admin of the repository; global secrets and registries, and [trusted], a site admin.";
        case status === 404:
            return "It does not exist, or the token's user may not change it (Woodpecker answers 404 to both).";
        case status === 429 || status >= 500:
            return "The server's log says more; once it is healthy again, run the same command again.";
        default:
            return "";
    }
}

const certificate = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/;

/** Why there was no answer; only what may pass by itself is worth another try. */
export function reasonOf(error: unknown, timeoutSeconds: number): { words: string; retryable: boolean } {
    if (!(error instanceof Error)) return { words: String(error), retryable: false };
    if (error.name === "AbortError") {
        const late = error.cause instanceof Error && error.cause.name === "TimeoutError";
        return { words: late ? `nothing within ${timeoutSeconds} s` : "interrupted", retryable: false };
    }
    const code = "code" in error ? String(error.code) : "";
    if (certificate.test(code)) return { words: `the certificate is not trusted (${code})`, retryable: false };
    const known: Record<string, string> = {
        ECONNREFUSED: "connection refused",
        ECONNRESET: "connection reset",
        ENOTFOUND: "no such host",
        EAI_AGAIN: "the name server does not answer",
        ETIMEDOUT: "connecting took too long",
    };
    return { words: known[code] ?? error.message, retryable: code !== "ERR_INVALID_URL" };
}
