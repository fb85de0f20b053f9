import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface StubRequest {
    readonly method: string;
    /** Path with query. */
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
}

export interface StubAnswer {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    /** Sent as JSON unless it is text. */
    readonly body?: unknown;
}

/** Ends the connection without an answer. */
export const hangUp = "hang up";

type Handler = (request: StubRequest) => StubAnswer | typeof hangUp;

/** An HTTP server on loopback that answers what a test says and remembers what it was asked; 418 for anything else. */
export class HttpStub {
    readonly requests: StubRequest[] = [];
    readonly #handlers = new Map<string, Handler[]>();

    private constructor(private readonly server: Server) {}

    static async start(): Promise<HttpStub> {
        const server = createServer();
        const stub = new HttpStub(server);
        server.on("request", async (incoming, outgoing) => {
            const chunks: Buffer[] = [];
            for await (const chunk of incoming) chunks.push(chunk as Buffer);
            const { method = "", url: path = "", headers } = incoming;
            const answer = stub.#answer({ method, path, headers, body: Buffer.concat(chunks).toString() });
            if (answer === hangUp) return incoming.socket.destroy();
            const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? "");
            outgoing.writeHead(answer.status, answer.headers).end(answer.status === 204 ? undefined : text);
        });
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        return stub;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    /** Answers of one route (`GET /api/user`, without query) in turn; the last one stays. */
    on(route: string, ...handlers: (StubAnswer | typeof hangUp | Handler)[]): this {
        this.#handlers.set(
            route,
            handlers.map((handler) => (typeof handler === "function" ? handler : () => handler)),
        );
        return this;
    }

    asked(route: string): StubRequest[] {
        return this.requests.filter((request) => routeOf(request) === route);
    }

    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((closed) => this.server.close(closed));
    }

    #answer(request: StubRequest): StubAnswer | typeof hangUp {
        this.requests.push(request);
        const handlers = this.#handlers.get(routeOf(request)) ?? [];
        const handler = handlers.length > 1 ? handlers.shift() : handlers[0];
        return handler?.(request) ?? { status: 418, body: `no answer for ${routeOf(request)}` };
    }
}

const routeOf = ({ method, path }: StubRequest) => `${method} ${path.split("?")[0]}`;
