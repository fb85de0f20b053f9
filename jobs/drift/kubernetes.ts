import * as http from "node:http";
import * as https from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import type { Deadline } from "../lib/deadline.js";
import { PlainError, wordsOf } from "../lib/errors.js";

/** A request to the API server that failed. */
export class KubernetesError extends PlainError {
    override readonly name = "KubernetesError";

    constructor(
        message: string,
        /** 0 when there was no answer. */
        readonly status: number,
    ) {
        super(message);
    }
}

/** An object as the API server gives it. */
export type KubernetesObject = Readonly<Record<string, unknown>>;

const ATTEMPTS = 3;
const PAGE = 500;
const MAX_BYTES = 64 << 20;

/**
 * The API server with the credentials of KUBECONFIG, or the pod's own.
 *
 * On plain requests: what is declared may be of any kind, also one that no client knows.
 */
export class KubernetesApi {
    readonly #resources = new Map<string, Promise<Readonly<Record<string, KindOfResource>>>>();

    private constructor(
        readonly server: string,
        private readonly options: https.RequestOptions,
        private readonly deadline: Deadline,
        private readonly timeoutMs: number,
    ) {}

    /** @throws PlainError without a usable kubeconfig */
    static async connect(deadline: Deadline, timeoutMs: number): Promise<KubernetesApi> {
        const config = new KubeConfig();
        const options: https.RequestOptions = {};
        try {
            config.loadFromDefault();
            await config.applyToHTTPSOptions(options);
        } catch (error) {
            throw new PlainError(`There is no way to the cluster: ${wordsOf(error)}; see KUBECONFIG`);
        }
        const server = config.getCurrentCluster()?.server;
        if (!server) throw new PlainError("There is no way to the cluster: KUBECONFIG names none");
        return new KubernetesApi(server.replace(/\/+$/, ""), options, deadline, timeoutMs);
    }

    /** One object, or undefined where there is none or its kind is unknown. @throws KubernetesError */
    async get(apiVersion: string, kind: string, namespace: string | undefined, name: string) {
        const path = await this.#pathOf(apiVersion, kind, namespace);
        return path === undefined ? undefined : this.request("GET", `${path}/${encodeURIComponent(name)}`);
    }

    /** Every object of a kind, in all namespaces where none is named. @throws KubernetesError */
    async list(apiVersion: string, kind: string, namespace?: string): Promise<KubernetesObject[]> {
        const path = await this.#pathOf(apiVersion, kind, namespace);
        const all: KubernetesObject[] = [];
        if (path === undefined) return all;
        for (let next = ""; ; ) {
            const from = next ? `&continue=${encodeURIComponent(next)}` : "";
            const page = await this.request("GET", `${path}?limit=${PAGE}${from}`);
            if (!Array.isArray(page?.items)) throw new KubernetesError(`${this.server}${path}: is not a list`, 200);
            all.push(...(page.items as KubernetesObject[]));
            next = String((page.metadata as { continue?: string } | undefined)?.continue ?? "");
            if (!next) return all;
        }
    }

    /** @returns undefined for 404 @throws KubernetesError for any other answer that is not a success */
    async request(method: "GET" | "PATCH", path: string, body?: object): Promise<KubernetesObject | undefined> {
        let trouble: KubernetesError | undefined;
        for (let attempt = 1; attempt <= ATTEMPTS && !this.deadline.passed; attempt++) {
            if (trouble) await this.deadline.sleep(250 * 2 ** attempt);
            const { status, text } = await this.#send(method, path, body).catch((error: unknown) => ({
                status: 0,
                text: wordsOf(error),
            }));
            if (status === 404) return undefined;
            const object = parsed(text);
            if (status >= 200 && status < 300 && object) return object;
            const words =
                status >= 200 && status < 300 ? "an answer that is not Kubernetes'" : (object?.message ?? text);
            const said = String(words).replace(/\s+/g, " ").slice(0, 300);
            trouble = new KubernetesError(`${this.server}, ${method} ${path}: ${status || ""} ${said}`.trim(), status);
            if (status !== 0 && status !== 429 && status < 500) throw trouble;
        }
        throw trouble ?? new KubernetesError(`${this.server}, ${method} ${path}: no time left`, 0);
    }

    async #pathOf(apiVersion: string, kind: string, namespace: string | undefined): Promise<string | undefined> {
        const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
        const known = this.#resources.get(apiVersion) ?? this.#discover(root);
        this.#resources.set(apiVersion, known);
        const resource = (await known)[kind];
        if (!resource) return undefined;
        const place = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : "";
        return `${root}${place}/${resource.plural}`;
    }

    async #discover(root: string): Promise<Readonly<Record<string, KindOfResource>>> {
        const { resources = [] } = ((await this.request("GET", root)) ?? {}) as { resources?: ApiResource[] };
        const own = resources.filter(({ name }) => !name.includes("/"));
        return Object.fromEntries(own.map(({ name, kind, namespaced }) => [kind, { plural: name, namespaced }]));
    }

    #send(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
        return new Promise((resolve, reject) => {
            const url = new URL(this.server + path);
            const headers: http.OutgoingHttpHeaders = {
                ...(this.options.headers as http.OutgoingHttpHeaders | undefined),
                accept: "application/json",
                ...(body && { "content-type": "application/merge-patch+json" }),
            };
            const secure = url.protocol === "https:";
            const request = (secure ? https : http).request(
                url,
                { ...this.options, method, headers, ...(!secure && { agent: undefined }) },
                (response) => {
                    const chunks: Buffer[] = [];
                    let received = 0;
                    response.on("data", (chunk: Buffer) => {
                        received += chunk.length;
                        if (received > MAX_BYTES)
                            request.destroy(new Error(`the answer is larger than ${MAX_BYTES} bytes`));
                        else chunks.push(chunk);
                    });
                    response.on("error", reject);
                    response.on("end", () => {
                        clearTimeout(timer);
                        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
                    });
                },
            );
            const timeoutMs = Math.max(1, Math.min(this.timeoutMs, this.deadline.remainingMs));
            const timer = setTimeout(
                () => request.destroy(new Error(`no complete answer within ${timeoutMs / 1000} s`)),
                timeoutMs,
            );
            request.on("error", (error) => {
                clearTimeout(timer);
                reject(error);
            });
            request.end(body && JSON.stringify(body));
        });
    }
}

interface KindOfResource {
    readonly plural: string;
    readonly namespaced: boolean;
}

interface ApiResource extends Omit<KindOfResource, "plural"> {
    readonly name: string;
    readonly kind: string;
}

function parsed(text: string): KubernetesObject | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return typeof value === "object" && value !== null && !Array.isArray(value)
            ? (value as KubernetesObject)
            : undefined;
    } catch {
        return undefined;
    }
}
