import { ApiException, KubeConfig, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import { PlainError, wordsOf } from "../../jobs/lib/errors.js";
import type { ServerObject } from "./serverObject.js";

interface Header {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
}

/** Objects of the cluster that kubectl would talk to, of any kind. */
export class KubernetesObjects {
    readonly #config = new KubeConfig();
    readonly #api: KubernetesObjectApi;

    constructor() {
        this.#config.loadFromDefault();
        this.#api = KubernetesObjectApi.makeApiClient(this.#config);
    }

    /** @returns nothing where there is no such object, or not even its kind @throws PlainError */
    async read(object: ServerObject): Promise<Readonly<Record<string, unknown>> | undefined> {
        return this.#ask(object, async (header) => ({ ...(await this.#api.read(header)) }));
    }

    /**
     * Every object of a kind, in all namespaces.
     *
     * @param labels as in `kubectl get -l`; none: all
     * @throws PlainError
     */
    async list(
        kind: Pick<ServerObject, "system" | "kind" | "apiVersion">,
        labels?: string,
    ): Promise<Readonly<Record<string, unknown>>[]> {
        const { apiVersion = "" } = kind;
        const found = await this.#ask({ ...kind, name: "" }, () =>
            this.#api.list(apiVersion, kind.kind, undefined, undefined, undefined, undefined, undefined, labels),
        );
        return (found?.items ?? []).map((item) => ({ ...item }));
    }

    /** Changes some of its fields, `null` takes one away; what is not there stays away. @throws PlainError */
    async merge(object: ServerObject, { metadata, ...fields }: Readonly<Record<string, unknown>>): Promise<void> {
        await this.#ask(object, (header) =>
            this.#api.patch(
                { ...header, ...fields, metadata: { ...header.metadata, ...(metadata as object | undefined) } },
                undefined,
                undefined,
                undefined,
                undefined,
                PatchStrategy.MergePatch,
            ),
        );
    }

    /** What is not there is as good as deleted. @throws PlainError */
    async delete(object: ServerObject): Promise<void> {
        await this.#ask(object, (header) => this.#api.delete(header));
    }

    async #ask<T>(object: ServerObject, ask: (header: Header) => Promise<T>): Promise<T | undefined> {
        const { apiVersion = "", kind, name, within = "" } = object;
        try {
            return await ask({ apiVersion, kind, metadata: { name, namespace: within } });
        } catch (error) {
            if (error instanceof ApiException && error.code === 404) return undefined;
            if (error instanceof Error && error.message.startsWith("Unrecognized API version and kind")) {
                return undefined;
            }
            throw this.#explain(`${kind} ${within && `${within}/`}${name}`, error);
        }
    }

    #explain(what: string, error: unknown): PlainError {
        const server = this.#config.getCurrentCluster()?.server;
        if (error instanceof ApiException) {
            const advice =
                error.code < 500 ? "see that KUBECONFIG may read it" : "see that it is up, then run this again";
            return new PlainError(`Kubernetes at ${server}: ${what}: answer ${error.code}; ${advice}`);
        }
        const words = wordsOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
        return new PlainError(`Kubernetes at ${server}: ${what}: ${words}; see that it is up, then run this again`);
    }
}
