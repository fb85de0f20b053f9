import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Reply } from "./call.js";
import { Double } from "./double.js";
import { RequestLog } from "./requestLog.js";
import type { Seed } from "./seed.js";

export interface ListenOptions {
    /** 0 for a free one. */
    readonly port: number;
    readonly seed: Seed;
    readonly logFile?: string;
    readonly stateFile?: string;
}

export interface Listening {
    /** `http://127.0.0.1:<port>`; the API is below `/api/v3`. */
    readonly origin: string;
    close(): Promise<void>;
}

/** Opens the socket first: returned urls name the port. Requests that come early get 503. */
export async function listen(options: ListenOptions): Promise<Listening> {
    let double: Double | undefined;
    const server = createServer((request, response) => {
        if (double) void serve(double, request, response);
        else response.writeHead(503).end();
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(options.port, "127.0.0.1", resolve);
    });
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { seed, stateFile } = options;
    double = await Double.open({ seed, stateFile, origin, log: new RequestLog(options.logFile) });
    return {
        origin,
        close: () =>
            new Promise((resolve) => {
                server.close(() => resolve());
                server.closeAllConnections();
            }),
    };
}

async function serve(double: Double, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const entries = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const reply = await double.answer({
        method: request.method ?? "GET",
        url: request.url ?? "/",
        headers: Object.fromEntries(entries),
        body: Buffer.concat(chunks),
    });
    send(response, reply);
}

function send(response: ServerResponse, reply: Reply): void {
    const json = { "content-type": "application/json; charset=utf-8" };
    if (reply.body === undefined) response.writeHead(reply.status, reply.headers).end();
    else if (Buffer.isBuffer(reply.body)) response.writeHead(reply.status, reply.headers).end(reply.body);
    else response.writeHead(reply.status, { ...json, ...reply.headers }).end(JSON.stringify(reply.body));
}
