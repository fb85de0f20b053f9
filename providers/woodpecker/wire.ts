import * as http from "node:http";
import * as https from "node:https";

export interface Reply {
    readonly status: number;
    readonly headers: http.IncomingHttpHeaders;
    readonly text: string;
}

interface Ask {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | undefined;
    readonly signal: AbortSignal;
}

/** Connections are kept between requests; a program that ends does not wait for them. */
const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) };

/**
 * One request, one reply, no redirects. `fetch` would do, but takes 25 MB more in a process that runs beside every engine,
 * and refuses some ports.
 */
export function send(url: string, { method, headers, body, signal }: Ask): Promise<Reply> {
    return new Promise((resolve, reject) => {
        const target = new URL(url);
        const secure = target.protocol === "https:";
        const agent = secure ? agents["https:"] : agents["http:"];
        const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
        const options = { method, headers: { ...headers, ...length }, agent, signal };
        const request = (secure ? https : http).request(target, options, (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("error", reject);
            response.on("end", () => {
                const text = Buffer.concat(chunks).toString("utf8");
                resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
            });
        });
        request.on("error", reject);
        request.end(body);
    });
}
