import { AppsV1Api, BatchV1Api, CoreV1Api, KubeConfig, type V1Pod } from "@kubernetes/client-node";
import { waitFor } from "./waitFor.js";

/** The sandbox's cluster with the administrator's rights, and what tests do with it again and again. */
export class Cluster {
    readonly core: CoreV1Api;
    readonly apps: AppsV1Api;
    readonly batch: BatchV1Api;

    private constructor(readonly config: KubeConfig) {
        this.core = config.makeApiClient(CoreV1Api);
        this.apps = config.makeApiClient(AppsV1Api);
        this.batch = config.makeApiClient(BatchV1Api);
    }

    /** @throws outside of the sandbox's environment */
    static ofSandbox(): Cluster {
        const path = process.env.KUBECONFIG;
        if (path === undefined) {
            throw new Error('KUBECONFIG is not set: npm run sandbox -- up; eval "$(npm run -s sandbox -- env)"');
        }
        const config = new KubeConfig();
        config.loadFromFile(path);
        return new Cluster(config);
    }

    /** For example `https://127.0.0.1:18443`. */
    get server(): string {
        return this.config.getCurrentCluster()?.server ?? "";
    }

    /** Whether pods really run here. */
    async isReal(): Promise<boolean> {
        const { items } = await this.core.listNode();
        return items.every(({ status }) => status?.nodeInfo?.containerRuntimeVersion?.startsWith("containerd:"));
    }

    async createNamespace(name: string): Promise<void> {
        // One of the same name from the last run may still be on its way out.
        await waitFor(`the creation of namespace ${name}`, () =>
            this.core.createNamespace({ body: { metadata: { name } } }),
        );
        await waitFor(`the default ServiceAccount of ${name}`, () =>
            this.core.readNamespacedServiceAccount({ namespace: name, name: "default" }),
        );
    }

    async deleteNamespace(name: string): Promise<void> {
        await this.core.deleteNamespace({ name });
    }

    async podsOf(namespace: string, labelSelector: string): Promise<V1Pod[]> {
        return (await this.core.listNamespacedPod({ namespace, labelSelector })).items;
    }
}
