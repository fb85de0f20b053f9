import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface Described {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
}

export const INDEX = "application/vnd.oci.image.index.v1+json";
export const IMAGE = "application/vnd.oci.image.manifest.v1+json";

/** A sound registry in memory, of which a test replaces single answers by wrong, late or broken ones. */
export class MemoryRegistry {
    /** `GET /v2/…` of every request, in order, with its headers. */
    readonly requests: { readonly route: string; readonly headers: IncomingMessage["headers"] }[] = [];
    readonly tags = new Map<string, Map<string, string>>();
    readonly #content = new Map<string, { readonly bytes: Buffer; readonly mediaType: string }>();
    readonly #overrides: { readonly pattern: RegExp; readonly handler: Handler; times: number }[] = [];

    private constructor(private readonly server: Server) {}

    static async start(): Promise<MemoryRegistry> {
        const server = createServer({ keepAliveTimeout: 60_000 });
        const registry = new MemoryRegistry(server);
        server.on("request", (request, response) => registry.#serve(request, response));
        await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
        return registry;
    }

    get url(): URL {
        return new URL(`http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`);
    }

    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise((closed) => this.server.close(closed));
    }

    /** Answers requests that match, e.g. `/^GET .*\/tags\/list/`, so many times. */
    instead(pattern: RegExp, handler: Handler, times = Number.POSITIVE_INFINITY): void {
        this.#overrides.push({ pattern, handler, times });
    }

    put(mediaType: string, content: string | object): Described {
        const bytes = Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
        const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
        this.#content.set(digest, { bytes, mediaType });
        return { mediaType, digest, size: bytes.length };
    }

    forget(digest: string): void {
        this.#content.delete(digest);
    }

    tag(repository: string, tag: string, digest: string): void {
        const tags = this.tags.get(repository) ?? new Map();
        this.tags.set(repository, tags.set(tag, digest));
    }

    /** A tagged index of as many images, of one config and one layer each. */
    push(repository: string, tag: string, images = 2): { index: Described; images: Described[]; layers: Described[] } {
        const layers = Array.from({ length: images }, (_, n) => this.put("layer", `${repository} ${tag} ${n}`));
        const pushed = layers.map((layer, n) => {
            const config = this.put("config", `config ${repository} ${tag} ${n}`);
            return this.put(IMAGE, { schemaVersion: 2, config, layers: [layer] });
        });
        const manifests = pushed.map((image, n) => ({ ...image, platform: { os: "linux", architecture: `arch${n}` } }));
        const index = this.put(INDEX, { schemaVersion: 2, manifests });
        this.tag(repository, tag, index.digest);
        return { index, images: pushed, layers };
    }

    #serve(request: IncomingMessage, response: ServerResponse): void {
        const route = `${request.method} ${request.url}`;
        this.requests.push({ route, headers: request.headers });
        const override = this.#overrides.find(({ pattern, times }) => times > 0 && pattern.test(route));
        response.setHeader("docker-distribution-api-version", "registry/2.0");
        if (override) {
            override.times--;
            override.handler(request, response);
        } else this.answer(request, response);
    }

    /** The sound answer. */
    answer(request: IncomingMessage, response: ServerResponse): void {
        const path = decodeURIComponent((request.url ?? "").split("?")[0] ?? "");
        const [, repository = "", kind, reference = ""] =
            /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(path) ?? [];
        if (path === "/v2/") json(response, 200, {});
        else if (path === "/v2/_catalog") json(response, 200, { repositories: [...this.tags.keys()] });
        else if (kind === "tags") json(response, 200, { tags: [...(this.tags.get(repository)?.keys() ?? [])] });
        else {
            const digest = reference.includes(":") ? reference : this.tags.get(repository)?.get(reference);
            this.#answerContent(digest ?? "", request, response);
        }
    }

    #answerContent(digest: string, request: IncomingMessage, response: ServerResponse): void {
        const content = this.#content.get(digest);
        if (!content) {
            json(response, 404, { errors: [{ code: "MANIFEST_UNKNOWN" }] });
            return;
        }
        response.setHeader("content-type", content.mediaType);
        response.setHeader("docker-content-digest", digest);
        const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
        const range = first === undefined ? [] : [Number(first), Number(last) + 1];
        if (first !== undefined) {
            response.statusCode = 206;
            response.setHeader("content-range", `bytes ${first}-${last}/${content.bytes.length}`);
        }
        const bytes = content.bytes.subarray(...range);
        response.setHeader("content-length", bytes.length);
        response.end(request.method === "HEAD" ? undefined : bytes);
    }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
    response.statusCode = status;
    response.setHeader("content-type", "application/json");
    response.end(typeof body === "string" ? body : JSON.stringify(body));
}
