import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a request on its way: an answer of its own, none at all, a cut line, or a cut after the server acted. */
export type Fault = { readonly status: number; readonly body?: string } | "hang" | "cut" | "lose";

type Forecast = (method: string, path: string) => Fault | undefined;

/** A way to a server on which anything can happen; it remembers what passed. */
export class Weather {
    /** `<method> <path>` of everything that was asked. */
    readonly requests: string[] = [];
    #forecast: Forecast = () => undefined;

    private constructor(
        private readonly server: Server,
        private readonly target: string,
    ) {}

    static async before(target: string): Promise<Weather> {
        const server = createServer();
        const weather = new Weather(server, target);
        server.on("request", (request, response) => void weather.pass(request, response));
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        return weather;
    }

    get url(): string {
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    /** Requests that were to change something. */
    get writes(): string[] {
        return this.requests.filter((request) => !request.startsWith("GET "));
    }

    /** From now on; without a forecast everything passes. Forgets what was asked. */
    set(forecast: Forecast = () => undefined): void {
        this.#forecast = forecast;
        this.requests.length = 0;
    }

    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((closed) => this.server.close(closed));
    }

    private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const { method = "", url = "" } = request;
        const fault = this.#forecast(method, url);
        this.requests.push(`${method} ${url}`);
        if (fault === "hang") return;
        if (fault === "cut") return void request.socket.destroy();
        if (typeof fault === "object") return void response.writeHead(fault.status).end(fault.body);
        const { authorization = "", "content-type": type = "" } = request.headers;
        const answer = await fetch(this.target + url, {
            method,
            headers: { authorization, ...(type && { "content-type": type }) },
            body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
        });
        const body = await answer.text();
        if (fault === "lose") return void request.socket.destroy();
        const version = answer.headers.get("x-woodpecker-version") ?? "";
        response.writeHead(answer.status, { "x-woodpecker-version": version }).end(body);
    }
}
