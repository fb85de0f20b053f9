import * as http from "node:http";
import * as https from "node:https";
import * as tls from "node:tls";
import { wordsOf } from "./errors.js";

export interface HttpHead {
    readonly status: number;
    readonly headers: http.IncomingHttpHeaders;
}

export interface HttpReply extends HttpHead {
    readonly body: Buffer;
    /** Bytes of the body, also where a sink took it. */
    readonly received: number;
}

export interface HttpRequest {
    /** @default "GET" */
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    /** Largest body taken in, in bytes. @default 1 MiB */
    readonly maxBytes?: number;
    /** Time for the whole exchange, from connecting to the last byte. */
    readonly timeoutMs: number;
    /** Takes the body as it comes instead of keeping it; the reply's `body` is then empty. */
    readonly sink?: (chunk: Buffer) => void;
}

/**
 * Why an exchange did not end as it should: no connection or no answer, out of time, cut off inside the body,
 * or a body above the limit.
 */
export class HttpFailure extends Error {
    override readonly name = "HttpFailure";

    /**
     * @param head status and headers, where they had arrived
     * @param received bytes of the body that had arrived
     */
    constructor(
        readonly kind: "connection" | "timeout" | "cut" | "oversized",
        message: string,
        readonly head?: HttpHead,
        readonly received = 0,
    ) {
        super(message);
    }
}

export interface HttpClientOptions {
    /** Most connections to one host; they are kept open between requests. */
    readonly connections: number;
    /** PEM certificates trusted besides the well-known ones. */
    readonly ca?: string;
}

/**
 * HTTP over kept connections, bounded in time and size.
 *
 * On `node:http`, not `fetch`: fetch opens a new connection (and TLS handshake) for every HEAD and cannot be told
 * otherwise, and takes no private CA.
 */
export class HttpClient {
    readonly #plain: http.Agent;
    readonly #secure: https.Agent;
    readonly #sockets = new WeakSet<object>();
    #opened = 0;

    constructor({ connections, ca }: HttpClientOptions) {
        const keep = { keepAlive: true, maxSockets: connections, scheduling: "lifo" } as const;
        this.#plain = new http.Agent(keep);
        // parsed once for all connections: the well-known roots alone are some 150 certificates
        const trust = ca ? { secureContext: tls.createSecureContext({ ca: [...tls.rootCertificates, ca] }) } : {};
        this.#secure = new https.Agent({ ...keep, ...trust });
    }

    /** Connections opened so far. */
    get connections(): number {
        return this.#opened;
    }

    /** @throws HttpFailure when no complete answer came; any status is an answer */
    request(url: URL, options: HttpRequest): Promise<HttpReply> {
        const { method = "GET", headers = {}, body, maxBytes = 1 << 20, timeoutMs, sink } = options;
        const secure = url.protocol === "https:";
        return new Promise((resolve, reject) => {
            let head: HttpHead | undefined;
            let received = 0;
            const chunks: Buffer[] = [];
            const request = (secure ? https : http).request(url, {
                method,
                headers: { ...headers, ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }) },
                agent: secure ? this.#secure : this.#plain,
            });
            const fail = (kind: HttpFailure["kind"], message: string) => {
                clearTimeout(timer);
                reject(new HttpFailure(kind, message, head, received));
                request.destroy();
            };
            const broken = (error: unknown) =>
                fail(head ? "cut" : "connection", head ? `the answer broke off (${wordsOf(error)})` : wordsOf(error));
            const timer = setTimeout(
                () => fail("timeout", `no complete answer within ${timeoutMs / 1000} s`),
                Math.max(1, timeoutMs),
            );
            request.on("socket", (socket) => {
                if (this.#sockets.has(socket)) return;
                this.#sockets.add(socket);
                this.#opened++;
            });
            request.on("error", broken);
            // the last word when nothing else was said, e.g. after a refused protocol upgrade
            request.on("close", () => broken("connection closed"));
            request.on("response", (response) => {
                head = { status: response.statusCode ?? 0, headers: response.headers };
                response.on("data", (chunk: Buffer) => {
                    received += chunk.length;
                    if (received > maxBytes) fail("oversized", `the answer is larger than ${maxBytes} bytes`);
                    else if (sink) sink(chunk);
                    else chunks.push(chunk);
                });
                response.on("error", broken);
                response.on("end", () => {
                    if (!response.complete) return broken("connection closed");
                    clearTimeout(timer);
                    resolve({ ...(head as HttpHead), body: Buffer.concat(chunks), received });
                });
            });
            request.end(body);
        });
    }

    /** Closes the kept connections. */
    close(): void {
        this.#plain.destroy();
        this.#secure.destroy();
    }
}
