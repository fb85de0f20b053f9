import {
    ApiException,
    AppsV1Api,
    BatchV1Api,
    CoreV1Api,
    KubeConfig,
    type KubernetesObject,
    KubernetesObjectApi,
} from "@kubernetes/client-node";
import { PlainError, UsageError, wordsOf } from "../../jobs/lib/errors.js";

/** A request to the API server that failed, in its own words. */
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

/** What the client takes when it finds no configuration at all. */
const NOWHERE = "http://localhost:8080";

/** The cluster that kubectl would talk to. @throws UsageError when there is none */
export function connect(): Kubernetes {
    const config = new KubeConfig();
    config.loadFromDefault();
    const server = config.getCurrentCluster()?.server;
    if (server === undefined || server === NOWHERE) {
        throw new UsageError("No cluster is configured: set KUBECONFIG to a file whose current context names one");
    }
    return new Kubernetes(config);
}

/** An object that is in no namespace. */
interface ObjectName {
    readonly apiVersion: string;
    readonly kind: string;
    readonly name: string;
}

/** One cluster's API, and errors that can be read. */
export class Kubernetes {
    readonly core: CoreV1Api;
    readonly apps: AppsV1Api;
    readonly batch: BatchV1Api;

    constructor(readonly config: KubeConfig) {
        this.core = config.makeApiClient(CoreV1Api);
        this.apps = config.makeApiClient(AppsV1Api);
        this.batch = config.makeApiClient(BatchV1Api);
    }

    /** @param what of the request, e.g. `CronJob woodpecker/secret-sync` @throws KubernetesError */
    async ask<T>(what: string, request: () => Promise<T>): Promise<T> {
        try {
            return await request();
        } catch (error) {
            throw this.#explain(what, error);
        }
    }

    /** Undefined when there is no such thing. @throws KubernetesError */
    async find<T>(what: string, request: () => Promise<T>): Promise<T | undefined> {
        try {
            return await request();
        } catch (error) {
            if (error instanceof ApiException && error.code === 404) return undefined;
            throw this.#explain(what, error);
        }
    }

    /** An object of any kind; undefined also when the cluster does not know the kind. @throws KubernetesError */
    async findObject(object: ObjectName): Promise<(KubernetesObject & { readonly status?: unknown }) | undefined> {
        const { apiVersion, kind, name } = object;
        try {
            return await this.find(`${kind} ${name}`, () =>
                KubernetesObjectApi.makeApiClient(this.config).read({ apiVersion, kind, metadata: { name } }),
            );
        } catch (error) {
            if (error instanceof KubernetesError && /Unrecognized API version and kind/.test(error.message))
                return undefined;
            throw error;
        }
    }

    #explain(what: string, error: unknown): KubernetesError {
        if (error instanceof ApiException) {
            const hint = error.code === 401 || error.code === 403 ? "; see the credential in KUBECONFIG" : "";
            return new KubernetesError(
                `${what}: ${statusWords(error.body) ?? `answer ${error.code}`}${hint}`,
                error.code,
            );
        }
        const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
        const server = this.config.getCurrentCluster()?.server;
        return new KubernetesError(`${what}: no answer from ${server}: ${wordsOf(cause)}`, 0);
    }
}

/** The message of the Status object that the API server answers with. */
function statusWords(body: unknown): string | undefined {
    try {
        const status = typeof body === "string" ? JSON.parse(body) : body;
        return typeof status?.message === "string" ? status.message : undefined;
    } catch {
        return undefined;
    }
}
