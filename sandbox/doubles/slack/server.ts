import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** A message that was posted. */
export interface Message {
    readonly text: string;
    /** The whole payload, as it was posted. */
    readonly payload: Readonly<Record<string, unknown>>;
    /** ISO 8601. */
    readonly receivedAt: string;
}

/** How the next posts are to fail. */
export interface Outage {
    /** Answered instead of 200; 0 closes the connection without an answer. */
    readonly status: number;
    /** How many posts fail before Slack is well again. @default until told otherwise */
    readonly times?: number;
}

interface Reply {
    readonly status: number;
    readonly text?: string;
    /** @default "text/html", as Slack itself answers */
    readonly type?: string;
}

/** Slack's own limit is well above; what is larger is a mistake of ours. */
const largestBody = 256 * 1024;

/**
 * Slack's incoming webhooks, and for tests:
 * GET and DELETE `/_sandbox/messages`, PUT `/_sandbox/outage` with an {@link Outage}, DELETE `/_sandbox/outage`.
 *
 * @param webhookPath the one path that is known; every other one is answered as Slack answers a revoked webhook
 */
export function slackServer(webhookPath: string): Server {
    let messages: Message[] = [];
    let outage: Outage | undefined;

    async function answer(request: IncomingMessage): Promise<Reply> {
        const route = `${request.method} ${request.url}`;
        switch (route) {
            case "GET /_sandbox/health":
                return { status: 200, text: "ok" };
            case "GET /_sandbox/messages":
                return { status: 200, text: JSON.stringify(messages), type: "application/json" };
            case "DELETE /_sandbox/messages":
                messages = [];
                return { status: 204 };
            case "PUT /_sandbox/outage":
                outage = JSON.parse(await readBody(request)) as Outage;
                return { status: 204 };
            case "DELETE /_sandbox/outage":
                outage = undefined;
                return { status: 204 };
            case `POST ${webhookPath}`:
                return receive(await readBody(request));
            default:
                return { status: 404, text: request.url?.startsWith("/services/") ? "no_service" : "not_found" };
        }
    }

    function receive(body: string): Reply {
        if (outage !== undefined) {
            const { status, times } = outage;
            if (times !== undefined) outage = times > 1 ? { status, times: times - 1 } : undefined;
            return { status, text: "service_error" };
        }
        const payload = parsePayload(body);
        if (payload === undefined) return { status: 400, text: "invalid_payload" };
        const { text, blocks, attachments } = payload;
        if (typeof text !== "string" && blocks === undefined && attachments === undefined) {
            return { status: 400, text: "no_text" };
        }
        messages.push({ text: typeof text === "string" ? text : "", payload, receivedAt: new Date().toISOString() });
        return { status: 200, text: "ok" };
    }

    return createServer((request, response) => {
        answer(request)
            .catch((error: Error): Reply => ({ status: 400, text: error.message }))
            .then((reply) => send(response, reply));
    });
}

/** Slack takes JSON, and JSON in the form field `payload`. */
export function parsePayload(body: string): Record<string, unknown> | undefined {
    const text = body.startsWith("payload=") ? (new URLSearchParams(body).get("payload") ?? "") : body;
    try {
        const parsed: unknown = JSON.parse(text);
        return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
            ? (parsed as Record<string, unknown>)
            : undefined;
    } catch {
        return undefined;
    }
}

function send(response: ServerResponse, { status, text = "", type = "text/html" }: Reply): void {
    if (status === 0) response.destroy();
    else response.writeHead(status, { "content-type": type }).end(text);
}

async function readBody(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > largestBody) throw new Error("payload_too_large");
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8");
}
