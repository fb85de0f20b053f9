import { wordsOf } from "../errors.js";
import { type HttpClient, HttpFailure, type HttpHead, type HttpReply, type HttpRequest } from "../http.js";
import { BearerTokens } from "./bearer.js";
import { type Budget, WorkEnded } from "./budget.js";

/** The question could not be put or got no usable answer: this says nothing about what the registry holds. */
export class ProbeError extends Error {
    override readonly name = "ProbeError";

    /**
     * @param kind `denied`: the registry works and keeps this one thing from this user
     * @param refused the answer was 401 or 403: another login may get another one
     */
    constructor(
        message: string,
        readonly kind: "unanswered" | "denied" = "unanswered",
        readonly refused = false,
    ) {
        super(message);
    }
}

export interface RegistryOptions {
    /** Base address; a path in it is kept as a prefix of `v2/`. */
    readonly url: URL;
    readonly credentials?: { readonly username: string; readonly password: string };
    readonly requestTimeoutMs: number;
    /** Pause before the first repetition of a request; doubled each time. @default 250 */
    readonly retryPauseMs?: number;
}

export type RegistryRequest = Pick<HttpRequest, "method" | "maxBytes" | "sink"> & {
    /** Path below `v2/`, already encoded. */
    readonly path: string;
    readonly accept?: string;
    readonly range?: string;
};

export interface RegistryReply extends HttpReply {
    /** The registry's own words, or those of the storage it redirects to; else some proxy's. */
    readonly fromRegistry: boolean;
    /** The answer began well and then ended before its announced length, on every attempt. */
    readonly cut: boolean;
    /** The body was larger than `maxBytes`, and only its beginning was taken in. */
    readonly oversized: boolean;
}

const ATTEMPTS = 3;
const MAX_REDIRECTS = 3;
const MAX_RETRY_AFTER_SECONDS = 10;
/** So many requests in a row without a usable answer mean that asking on is of no use. */
const GIVE_UP_AFTER = 25;
const PASSING_TROUBLE = new Set([429, 502, 503, 504]);

/**
 * Asks a registry and returns only what the registry itself said: 200, 206, 400, 404, 405, 416 or 500 with its
 * version header. Whatever else comes (refused login, throttling, a proxy's page, no answer) is a ProbeError.
 */
export class RegistryClient {
    readonly #authorization: string | undefined;
    readonly #tokens: BearerTokens;
    #unanswered = 0;

    constructor(
        private readonly http: HttpClient,
        private readonly budget: Budget,
        private readonly options: RegistryOptions,
    ) {
        const { credentials } = options;
        this.#authorization =
            credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
        this.#tokens = new BearerTokens(http, this.#authorization);
    }

    /** Scheme, host and port of the registry. */
    get origin(): string {
        return this.options.url.origin;
    }

    /**
     * @throws ProbeError when the answer says nothing about the registry's content
     * @throws WorkEnded when the budget is used up, or nothing has answered for many requests in a row
     */
    async ask(request: RegistryRequest): Promise<RegistryReply> {
        try {
            const reply = await this.#askPatiently(request);
            this.#unanswered = 0;
            return reply;
        } catch (error) {
            if (error instanceof ProbeError && error.kind === "unanswered" && ++this.#unanswered >= GIVE_UP_AFTER) {
                throw new WorkEnded(
                    `${GIVE_UP_AFTER} requests in a row got no usable answer, the last: ${error.message}`,
                );
            }
            throw error;
        }
    }

    async #askPatiently(request: RegistryRequest): Promise<RegistryReply> {
        for (let attempt = 1; ; attempt++) {
            let retryAfter = 0;
            let trouble: string;
            try {
                const reply = await this.#follow(request);
                if (!PASSING_TROUBLE.has(reply.status)) return reply;
                retryAfter = Number(reply.headers["retry-after"]);
                trouble = `${reply.status} on every attempt`;
            } catch (error) {
                if (!(error instanceof HttpFailure)) throw error;
                const { head, kind, message, received } = error;
                const begun = (head?.status === 200 || head?.status === 206) && head;
                const partial = begun && {
                    ...begun,
                    body: Buffer.alloc(0),
                    received,
                    fromRegistry: isRegistrys(begun),
                };
                if (partial && kind === "oversized") return { ...partial, cut: false, oversized: true };
                if (partial && kind === "cut" && attempt >= ATTEMPTS)
                    return { ...partial, cut: true, oversized: false };
                if (this.budget.remainingMs === 0) throw new WorkEnded("the deadline has come");
                trouble = message;
            }
            if (attempt >= ATTEMPTS) throw new ProbeError(`${request.path}: ${trouble}`);
            await this.#pause(attempt, retryAfter);
        }
    }

    async #follow({ path, accept, range, ...rest }: RegistryRequest): Promise<RegistryReply> {
        const start = new URL(`v2/${path}`, this.options.url);
        let url = start;
        for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
            this.budget.spend();
            const own = url.origin === start.origin;
            // a storage service behind the registry must never see the registry's credential
            const authorization = own ? (this.#tokens.headerFor(path) ?? this.#authorization) : undefined;
            const headers = {
                ...(accept ? { accept } : {}),
                ...(range ? { range } : {}),
                ...(authorization ? { authorization } : {}),
            };
            const timeoutMs = Math.min(this.options.requestTimeoutMs, this.budget.remainingMs);
            const reply = await this.http.request(url, { ...rest, headers, timeoutMs });
            const challenge = own && reply.status === 401 ? reply.headers["www-authenticate"] : undefined;
            if (await this.#tokens.answer(path, challenge, timeoutMs)) continue;
            const target = reply.status >= 301 && reply.status <= 308 && reply.status !== 304 && reply.headers.location;
            if (!target) return usable(path, reply, own ? undefined : url.host);
            url = redirectTarget(path, target, url);
        }
        throw new ProbeError(`${path}: more than ${MAX_REDIRECTS} redirects`);
    }

    async #pause(attempt: number, retryAfterSeconds = 0): Promise<void> {
        const wished = Number.isFinite(retryAfterSeconds) ? Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS) : 0;
        const backoff = (this.options.retryPauseMs ?? 250) * 2 ** (attempt - 1);
        await this.budget.sleep(Math.max(wished * 1000, backoff));
    }
}

function redirectTarget(path: string, target: string, from: URL): URL {
    const url = URL.canParse(target, from.href) ? new URL(target, from) : undefined;
    if (url && ["http:", "https:"].includes(url.protocol)) return url;
    throw new ProbeError(`${path}: redirected to ${JSON.stringify(target.slice(0, 200))}, which is no web address`);
}

/** Lets through what the registry, or the storage it redirects to, says about its content. */
function usable(path: string, reply: HttpReply, redirectedTo: string | undefined): RegistryReply {
    const { status } = reply;
    const fromRegistry = redirectedTo !== undefined || isRegistrys(reply);
    if ([200, 206].includes(status) || PASSING_TROUBLE.has(status)) {
        return { ...reply, fromRegistry, cut: false, oversized: false };
    }
    const where = redirectedTo === undefined ? "" : ` from ${redirectedTo}, where the registry redirects to`;
    if (status === 401 && !where) {
        throw new ProbeError(`${path}: 401, the username or password is not accepted`, "unanswered", true);
    }
    if (status === 403 && !where) throw new ProbeError(`${path}: 403, this user may not read it`, "denied", true);
    const known = where ? [404, 416] : [400, 404, 405, 416, 500];
    if (!known.includes(status)) throw new ProbeError(`${path}: unexpected answer ${status}${where}`);
    if (!fromRegistry) throw new ProbeError(`${path}: ${status} from something in front of the registry`);
    return { ...reply, fromRegistry, cut: false, oversized: false };
}

/** Every answer of a registry carries its version; an ingress' own page does not. */
function isRegistrys({ headers }: HttpHead): boolean {
    return headers["docker-distribution-api-version"] !== undefined;
}

/** One error for whatever went wrong with a question, so that it can be counted. @throws what must end the work */
export function asProbeError(error: unknown): ProbeError {
    if (error instanceof WorkEnded) throw error;
    return error instanceof ProbeError ? error : new ProbeError(`unexpected: ${wordsOf(error)}`);
}
