import { createServer as createPlain, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecure, type Server as SecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { PlainError, wordsOf } from "../lib/errors.js";
import type { Extension, Reply } from "./extension.js";
import type { ExtensionMetrics } from "./metrics.js";
import { SECRETS_PATH } from "./paths.js";
import type { Certificate, Listen } from "./settings.js";

/** A pipeline with its list of changed files is some kilobytes; more is nobody's. */
const MAX_BYTES = 4 << 20;
const MAX_CONNECTIONS = 200;

/** A server that listens. */
export interface Listener {
    readonly port: number;
    /** Takes a renewed certificate. */
    renew(certificate: Certificate): void;
    /** Ends once the requests under way are answered. */
    close(): Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** The port for Woodpecker's server. @throws PlainError when the address is not to be had */
export function listenForSecrets(
    at: Listen,
    extension: Pick<Extension, "answer">,
    certificate?: Certificate,
): Promise<Listener> {
    return listen(at, certificate, async (request, response) => {
        const { method = "", url = "" } = request;
        if (url.split("?")[0] !== SECRETS_PATH) return send(response, refusal(404, `there is only ${SECRETS_PATH}`));
        if (method !== "POST") return send(response, refusal(405, "only POST is answered"));
        if (request.headers.signature === undefined) {
            request.resume();
            return send(response, await extension.answer({ method, target: url, ...empty, headers: request.headers }));
        }
        const body = await read(request);
        if (!body) return send(response, refusal(413, `a request has at most ${MAX_BYTES} bytes`));
        send(response, await extension.answer({ method, target: url, headers: request.headers, body }));
    });
}

const empty = { body: Buffer.alloc(0) };

/** The port for the kubelet and Prometheus; without a secret and without TLS. */
export function listenForMonitoring(
    at: Listen,
    metrics: ExtensionMetrics,
    isStopping: () => boolean,
): Promise<Listener> {
    return listen(at, undefined, async ({ url }, response) => {
        const text = (status: number, words: string) =>
            response.writeHead(status, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(words);
        if (url === "/metrics") text(200, metrics.text());
        else if (url === "/healthz") text(200, "alive\n");
        else if (url !== "/readyz") text(404, "there are /metrics, /healthz and /readyz\n");
        else if (isStopping()) text(503, "stopping\n");
        else if (metrics.ready) text(200, "ready\n");
        else text(503, "the server's key is not known or Vault was not read yet; the log says why\n");
    });
}

async function listen(at: Listen, certificate: Certificate | undefined, handle: Handler): Promise<Listener> {
    const serve = (request: IncomingMessage, response: ServerResponse) => {
        handle(request, response).catch(() => response.destroy());
    };
    const limits = { requestTimeout: 15_000, headersTimeout: 5000, keepAliveTimeout: 75_000 };
    const server: Server | SecureServer = certificate
        ? createSecure({ ...limits, ...certificate }, serve)
        : createPlain(limits, serve);
    server.maxConnections = MAX_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
        server.once("error", (error) => reject(new PlainError(`cannot listen: ${wordsOf(error)}`)));
        server.listen(at.port, at.host, resolve);
    });
    return {
        port: (server.address() as AddressInfo).port,
        renew: (renewed) => "setSecureContext" in server && server.setSecureContext(renewed),
        close: () => new Promise((resolve) => server.close(() => resolve())),
    };
}

/** @returns nothing when there is too much of it */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
        size += (chunk as Buffer).length;
        if (size > MAX_BYTES) return undefined;
        chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
}

const refusal = (status: number, error: string): Reply => ({ status, body: { error } });

function send(response: ServerResponse, { status, body }: Reply): void {
    response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
    response.end(JSON.stringify(body));
}
