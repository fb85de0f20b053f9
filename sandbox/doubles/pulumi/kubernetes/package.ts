/** The kubernetes package: every kind that the server knows, over its REST API. */

import type { ProviderPackage } from "../provider/model.js";
import type { JsonObject } from "../provider/values.js";
import { KubernetesApi } from "./api.js";
import { ObjectContext, type Options } from "./context.js";
import { parseToken } from "./kinds.js";
import { loadCluster } from "./kubeconfig.js";
import { objectType } from "./resource.js";

export const kubernetes: ProviderPackage = {
    name: "kubernetes",
    version: "4.34.2",
    configuration: {
        kubeconfig: "string",
        context: "string",
        cluster: "string",
        clusterIdentifier: "string",
        namespace: "string",
        enablePatchForce: "boolean",
        enableConfigMapMutable: "boolean",
        enableSecretMutable: "boolean",
        upsertExistingObjects: "boolean",
        deleteUnreachable: "boolean",
        skipUpdateUnreachable: "boolean",
        enableServerSideApply: "boolean",
        // Accepted for the sake of the official plugin; they change nothing here.
        suppressDeprecationWarnings: "boolean",
        suppressHelmHookWarnings: "boolean",
        helmReleaseSettings: "json",
        kubeClientSettings: "json",
    },
    replacesProvider(olds, news) {
        if (olds.clusterIdentifier !== undefined && news.clusterIdentifier !== undefined) {
            return olds.clusterIdentifier === news.clusterIdentifier ? [] : ["clusterIdentifier"];
        }
        const [before, after] = [serverOf(olds), serverOf(news)];
        return before !== undefined && after !== undefined && before !== after
            ? ["kubeconfig", "context", "cluster"].filter((name) => olds[name] !== news[name])
            : [];
    },
    configure(settings, log) {
        if (settings.enableServerSideApply === false) {
            throw new Error("kubernetes: enableServerSideApply: false is not supported by the sandbox's stand-in");
        }
        const cluster = loadCluster(
            settings.kubeconfig as string | undefined,
            settings.context as string | undefined,
            settings.cluster as string | undefined,
        );
        const api = new KubernetesApi(cluster);
        const flag = (name: string, variable: string) =>
            settings[name] === true || (settings[name] === undefined && process.env[variable] === "true");
        const options: Options = {
            defaultNamespace: (settings.namespace as string | undefined) ?? cluster.namespace,
            enablePatchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
            upsertExistingObjects: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
            deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
            skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
            mutable: {
                configMaps: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
                secrets: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
            },
        };
        return {
            known: "kubernetes:<group>/<version>:<Kind> for every kind of the server, and <Kind>Patch; no functions",
            resourceType(token) {
                const parsed = parseToken(token);
                return parsed && objectType(new ObjectContext(api, options, parsed.kind.endsWith("Patch"), log));
            },
            invoke: () => undefined,
        };
    },
};

function serverOf({ kubeconfig, context, cluster }: JsonObject): string | undefined {
    try {
        return loadCluster(kubeconfig as string, context as string, cluster as string).server;
    } catch {
        return undefined;
    }
}
