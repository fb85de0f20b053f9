import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import type { Files, VolumeReader } from "./volumes.js";

/** What a kubelet reads for the pods of one ServiceAccount. */
export class ClusterReader implements VolumeReader {
    readonly #core: CoreV1Api;

    constructor(
        config: KubeConfig,
        private readonly namespace: string,
        private readonly serviceAccount: string,
    ) {
        this.#core = config.makeApiClient(CoreV1Api);
    }

    async configMap(name: string): Promise<Files> {
        const { data = {}, binaryData = {} } = await this.#core.readNamespacedConfigMap({
            namespace: this.namespace,
            name,
        });
        return { ...decoded(binaryData), ...mapped(data, (text) => Buffer.from(text)) };
    }

    async secret(name: string): Promise<Files> {
        const { data = {} } = await this.#core.readNamespacedSecret({ namespace: this.namespace, name });
        return decoded(data);
    }

    /** A fresh token of the ServiceAccount. */
    async token(audience: string | undefined, expirationSeconds = 3600): Promise<string> {
        const { status } = await this.#core.createNamespacedServiceAccountToken({
            namespace: this.namespace,
            name: this.serviceAccount,
            body: { spec: { audiences: audience === undefined ? [] : [audience], expirationSeconds } },
        });
        return status?.token ?? "";
    }
}

function decoded(data: Readonly<Record<string, string>>): Files {
    return mapped(data, (text) => Buffer.from(text, "base64"));
}

function mapped(data: Readonly<Record<string, string>>, convert: (text: string) => Buffer): Files {
    return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, convert(text)]));
}
