import type { V1Deployment, V1Pod, V1ReplicaSet } from "@kubernetes/client-node";
import { wordsOf } from "../../jobs/lib/errors.js";

/** What a release has to know of a cluster. */
export interface Cluster {
    /** Undefined when there is none of that name. @throws Error that says what the cluster said */
    deployment(namespace: string, name: string): Promise<V1Deployment | undefined>;
    /** Everything that a rollout in a namespace consists of. @throws Error */
    rollout(namespace: string): Promise<{ replicaSets: readonly V1ReplicaSet[]; pods: readonly V1Pod[] }>;
}

/** The cluster that the Kubernetes provider talks to: that of KUBECONFIG, or of the home directory. */
export async function connectCluster(): Promise<Cluster> {
    // Loaded at its first use: a stack without pins does not need it.
    const { ApiException, AppsV1Api, CoreV1Api, KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    config.loadFromDefault();
    const apps = config.makeApiClient(AppsV1Api);
    const core = config.makeApiClient(CoreV1Api);
    const inWords = (error: unknown): Error => {
        if (error instanceof ApiException) return new Error(statusMessage(error.body) ?? `answer ${error.code}`);
        const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
        return new Error(`no answer from ${config.getCurrentCluster()?.server}: ${wordsOf(cause)}`);
    };
    return {
        async deployment(namespace, name) {
            try {
                return await apps.readNamespacedDeployment({ namespace, name });
            } catch (error) {
                if (error instanceof ApiException && error.code === 404) return undefined;
                throw inWords(error);
            }
        },
        async rollout(namespace) {
            try {
                const replicaSets = apps.listNamespacedReplicaSet({ namespace });
                const pods = core.listNamespacedPod({ namespace });
                return { replicaSets: (await replicaSets).items, pods: (await pods).items };
            } catch (error) {
                throw inWords(error);
            }
        },
    };
}

/** Of the Status object that the API server answers with. */
export function statusMessage(body: unknown): string | undefined {
    try {
        const status = typeof body === "string" ? JSON.parse(body) : body;
        return typeof status?.message === "string" ? status.message : undefined;
    } catch {
        return undefined;
    }
}
