/** The Kubernetes API over HTTPS: requests, errors, and which kinds there are. */

import { Agent as HttpAgent, type RequestOptions, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import type { Json, JsonObject } from "../provider/values.js";
import type { Cluster } from "./kubeconfig.js";

/** An answer of the server that is an error. */
export class ApiError extends Error {
    constructor(
        readonly code: number,
        /** For example `AlreadyExists`, `Conflict`, `NotFound`. */
        readonly reason: string,
        message: string,
        readonly details: JsonObject,
    ) {
        super(message);
        this.name = "ApiError";
    }
}

/** No answer at all. */
export class UnreachableError extends Error {
    constructor(server: string, reason: string) {
        super(`the Kubernetes API server ${server} cannot be reached: ${reason}`);
        this.name = "UnreachableError";
    }
}

/** The server does not know the kind; its CustomResourceDefinition may come later. */
export class NoMatchError extends Error {
    constructor(apiVersion: string, kind: string) {
        super(`no matches for kind "${kind}" in version "${apiVersion}"`);
        this.name = "NoMatchError";
    }
}

export interface Resource {
    readonly plural: string;
    readonly namespaced: boolean;
}

export interface RequestExtras {
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: Json;
    /** @default application/json */
    readonly contentType?: string;
}

const timeoutMilliseconds = 30_000;

export class KubernetesApi {
    readonly #agent: HttpAgent;
    readonly #resources = new Map<string, Promise<ReadonlyMap<string, Resource>>>();

    constructor(readonly cluster: Cluster) {
        const keepAlive = { keepAlive: true, maxSockets: 20 };
        this.#agent = cluster.server.startsWith("http:")
            ? new HttpAgent(keepAlive)
            : new HttpsAgent({
                  ...keepAlive,
                  ca: cluster.ca,
                  cert: cluster.certificate,
                  key: cluster.key,
                  rejectUnauthorized: !cluster.insecure,
              });
    }

    /** Path of one object. */
    async path(object: JsonObject, name = metadataOf(object).name): Promise<string> {
        return `${await this.collection(object)}/${encodeURIComponent(String(name))}`;
    }

    /** Path of all objects of that kind in that namespace. */
    async collection(object: JsonObject): Promise<string> {
        const { plural, namespaced } = await this.resource(object);
        const apiVersion = String(object.apiVersion);
        const namespace = metadataOf(object).namespace ?? this.cluster.namespace;
        return `${groupPath(apiVersion)}${namespaced ? `/namespaces/${encodeURIComponent(String(namespace))}` : ""}/${plural}`;
    }

    /** @throws NoMatchError */
    async resource({ apiVersion, kind }: JsonObject): Promise<Resource> {
        const version = String(apiVersion);
        for (const fresh of [false, true]) {
            if (fresh || !this.#resources.has(version)) {
                this.#resources.set(version, this.discover(version));
            }
            const resources = await this.#resources.get(version)?.catch((error: unknown) => {
                this.#resources.delete(version);
                throw error;
            });
            const resource = resources?.get(String(kind));
            if (resource !== undefined) {
                return resource;
            }
        }
        throw new NoMatchError(version, String(kind));
    }

    private async discover(apiVersion: string): Promise<ReadonlyMap<string, Resource>> {
        try {
            const list = await this.send("GET", groupPath(apiVersion));
            const resources = (list.resources as JsonObject[] | undefined) ?? [];
            return new Map(
                resources
                    .filter(({ name }) => !String(name).includes("/"))
                    .map(({ kind, name, namespaced }) => [
                        String(kind),
                        { plural: String(name), namespaced: namespaced === true },
                    ]),
            );
        } catch (error) {
            if (error instanceof ApiError && error.code === 404) {
                return new Map();
            }
            throw error;
        }
    }

    /** @throws ApiError, UnreachableError */
    send(method: string, path: string, extras: RequestExtras = {}): Promise<JsonObject> {
        const url = new URL(path, this.cluster.server);
        for (const [name, value] of Object.entries(extras.query ?? {})) {
            url.searchParams.set(name, value);
        }
        const body = extras.body === undefined ? undefined : JSON.stringify(extras.body);
        const options: RequestOptions = {
            method,
            agent: this.#agent,
            timeout: timeoutMilliseconds,
            headers: {
                accept: "application/json",
                "user-agent": "pulumi-kubernetes",
                ...(this.cluster.token && { authorization: `Bearer ${this.cluster.token}` }),
                ...(body !== undefined && {
                    "content-type": extras.contentType ?? "application/json",
                    "content-length": String(Buffer.byteLength(body)),
                }),
            },
        };
        return new Promise((resolve, reject) => {
            const start = url.protocol === "http:" ? requestHttp : requestHttps;
            const request = start(url, options, (response) => {
                const chunks: Buffer[] = [];
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("error", (error) => reject(new UnreachableError(this.cluster.server, error.message)));
                response.on("end", () => {
                    try {
                        resolve(parseAnswer(response.statusCode ?? 0, Buffer.concat(chunks).toString("utf8")));
                    } catch (error) {
                        reject(error);
                    }
                });
            });
            request.on("timeout", () =>
                request.destroy(new Error(`no answer within ${timeoutMilliseconds / 1000} seconds`)),
            );
            request.on("error", (error) => reject(new UnreachableError(this.cluster.server, error.message)));
            request.end(body);
        });
    }
}

function parseAnswer(code: number, text: string): JsonObject {
    let answer: JsonObject = {};
    try {
        answer = JSON.parse(text) as JsonObject;
    } catch {
        answer = { message: text.slice(0, 300) };
    }
    if (code >= 200 && code < 300) {
        return answer;
    }
    const message = String(answer.message ?? "").trim() || `the server answered ${code}`;
    throw new ApiError(code, String(answer.reason ?? ""), message, (answer.details as JsonObject | undefined) ?? {});
}

const groupPath = (apiVersion: string) => (apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`);

/** Metadata of an object; empty if it has none. */
export function metadataOf(object: JsonObject): JsonObject {
    return (object.metadata as JsonObject | null | undefined) ?? {};
}

/** An annotation's value, or undefined. */
export function annotation(object: JsonObject, name: string): string | undefined {
    const value = (metadataOf(object).annotations as JsonObject | null | undefined)?.[name];
    return typeof value === "string" ? value : undefined;
}
