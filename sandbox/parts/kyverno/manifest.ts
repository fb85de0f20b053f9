import { createHash } from "node:crypto";
import type { KubernetesObject } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";

/** Names that Kyverno's own manifest gives. */
export const kyvernoNamespace = "kyverno";
export const admissionDeployment = "kyverno-admission-controller";

/**
 * The objects of Kyverno's release manifest, but for the Deployments: the controllers run as processes here. One Deployment stays,
 * without pods, as the admission controller looks itself up.
 */
export function manifestObjects(text: string): KubernetesObject[] {
    return parseAllDocuments(text)
        .map((document) => document.toJS({ maxAliasCount: -1 }) as KubernetesObject | null)
        .filter((object) => object !== null && isWanted(object))
        .map((object) => withoutDescriptions(withoutPods(object as KubernetesObject)) as KubernetesObject);
}

/** Tells one release from another. */
export const fingerprintOf = (text: string) => createHash("sha256").update(text).digest("hex");

function isWanted({ kind, metadata }: KubernetesObject): boolean {
    return kind !== "Deployment" || metadata?.name === admissionDeployment;
}

function withoutPods(object: KubernetesObject): KubernetesObject {
    if (object.kind !== "Deployment") return object;
    const { spec } = object as { spec?: object };
    return { ...object, spec: { ...spec, replicas: 0 } } as KubernetesObject;
}

/** They decide nothing, and are most of what the API server keeps in memory of a definition. */
function withoutDescriptions(value: unknown, isProperties = false): unknown {
    if (Array.isArray(value)) return value.map((item) => withoutDescriptions(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value)
            .filter(([key, inner]) => isProperties || key !== "description" || typeof inner !== "string")
            .map(([key, inner]) => [key, withoutDescriptions(inner, key === "properties" && !isProperties)]),
    );
}
