/** The cluster of the environment, as somebody with kubectl uses it behind the program's back. */

import {
    ApiException,
    KubeConfig,
    type KubernetesObject,
    KubernetesObjectApi,
    PatchStrategy,
} from "@kubernetes/client-node";

/** What identifies an object. */
export interface Identity {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
}

export class KubernetesServer {
    readonly #api: KubernetesObjectApi;

    /** @throws outside of the sandbox's environment */
    constructor() {
        const path = process.env.KUBECONFIG;
        if (path === undefined) {
            throw new Error('KUBECONFIG is not set: npm run sandbox -- up; eval "$(npm run -s sandbox -- env)"');
        }
        const config = new KubeConfig();
        config.loadFromFile(path);
        this.#api = KubernetesObjectApi.makeApiClient(config);
    }

    create(object: Identity & Record<string, unknown>): Promise<KubernetesObject> {
        return this.#api.create(object as KubernetesObject);
    }

    /** Undefined if there is none. */
    async read<T = Record<string, never>>(identity: Identity): Promise<(KubernetesObject & T) | undefined> {
        try {
            return (await this.#api.read(identity as never)) as KubernetesObject & T;
        } catch (error) {
            if (error instanceof ApiException && error.code === 404) {
                return undefined;
            }
            throw error;
        }
    }

    /** Merges the fields, as `kubectl patch --type merge` does: arrays are replaced as a whole. */
    async patch(object: Identity & Record<string, unknown>, fieldManager = "kubectl-patch"): Promise<void> {
        const spec = object as KubernetesObject;
        await this.#api.patch(spec, undefined, undefined, fieldManager, undefined, PatchStrategy.MergePatch);
    }

    async delete(identity: Identity): Promise<void> {
        await this.#api.delete(identity as KubernetesObject);
    }
}
