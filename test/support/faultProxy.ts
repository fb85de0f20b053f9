import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface Passed {
    readonly method: string;
    /** Path with query. */
    readonly path: string;
    readonly body: string;
}

export type Fault =
    /** Waits before it hands the request on. */
    | { readonly delayMs: number }
    /** Answers in the server's place. */
    | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
    /** Ends the connection before the server hears of it, after the server has answered, or inside of the answer. */
    | "cut before"
    | "cut after"
    | "cut inside";

/** A proxy on loopback that does to single requests what networks and proxies do, and remembers all that came. */
export class FaultProxy {
    readonly requests: Passed[] = [];
    /** What happens to a request; nothing: it is handed on. */
    rule: (request: Passed, earlier: number) => Fault | undefined = () => undefined;

    readonly #agent = new Agent({ keepAlive: true });

    private constructor(
        private readonly server: Server,
        private readonly upstream: URL,
    ) {}

    static async start(upstream: string): Promise<FaultProxy> {
        const server = createServer();
        const proxy = new FaultProxy(server, new URL(upstream));
        server.on("request", (incoming, outgoing) => {
            void proxy.#serve(incoming, outgoing).catch(() => incoming.socket.destroy());
        });
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        return proxy;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    /** Requests other than GET, as `POST /api/secrets`. */
    get writes(): string[] {
        return this.requests.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
    }

    /** Forgets requests and rule. */
    reset(): void {
        this.requests.length = 0;
        this.rule = () => undefined;
    }

    async stop(): Promise<void> {
        this.#agent.destroy();
        this.server.closeAllConnections();
        await new Promise((closed) => this.server.close(closed));
    }

    async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
        const body = await textOf(incoming);
        const passed = { method: incoming.method ?? "", path: incoming.url ?? "", body };
        const same = ({ method, path }: Passed) => method === passed.method && path === passed.path;
        const earlier = this.requests.filter(same).length;
        this.requests.push(passed);
        const fault = this.rule(passed, earlier);
        if (fault === "cut before") return void incoming.socket.destroy();
        if (typeof fault === "object" && "status" in fault) {
            return void outgoing.writeHead(fault.status, fault.headers).end(fault.body ?? "");
        }
        // A delay that nobody waits for any more must not keep the suite from ending.
        if (typeof fault === "object") await pause(fault.delayMs, undefined, { ref: false });
        const answer = await this.#forward(incoming, body);
        if (fault === "cut after") return void incoming.socket.destroy();
        const text = Buffer.from(answer.text);
        const { "transfer-encoding": _, ...headers } = answer.headers;
        outgoing.writeHead(answer.status, { ...headers, "content-length": text.length });
        if (fault !== "cut inside") return void outgoing.end(text);
        outgoing.write(text.subarray(0, text.length / 2), () => incoming.socket.destroy());
    }

    #forward(incoming: IncomingMessage, body: string) {
        return new Promise<{ status: number; headers: IncomingMessage["headers"]; text: string }>((resolve, reject) => {
            const target = new URL(incoming.url ?? "/", this.upstream);
            const headers = { ...incoming.headers, host: this.upstream.host };
            const onward = request(
                target,
                { method: incoming.method, headers, agent: this.#agent },
                async (response) => {
                    resolve({
                        status: response.statusCode ?? 0,
                        headers: response.headers,
                        text: await textOf(response),
                    });
                },
            );
            onward.on("error", reject);
            onward.end(body);
        });
    }
}

async function textOf(stream: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString("utf8");
}
