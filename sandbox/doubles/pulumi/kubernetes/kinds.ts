/** Kinds: how tokens name them, which are built in, and the keys that the SDK spells differently. */

import { isProperties, type Properties, type Value } from "../provider/values.js";

const builtInGroups = new Set([
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
]);

/** Whether the server itself defines the kinds of that apiVersion. */
export function isBuiltIn(apiVersion: string): boolean {
    const [group = "", version] = apiVersion.split("/");
    return version === undefined || builtInGroups.has(group);
}

const clusterKinds = new Set([
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "FlowSchema",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
]);

/** Whether objects of that kind have a namespace, as far as it can be told without the server: custom ones may. */
export function mayHaveNamespace({ apiVersion, kind }: Properties): boolean {
    return !(isBuiltIn(String(apiVersion)) && clusterKinds.has(String(kind)));
}

/** `kubernetes:<group>/<version>:<Kind>`; undefined for anything else, Helm and Kustomize included. */
export function parseToken(token: string): { readonly kind: string } | undefined {
    const match = /^kubernetes:([^/:]+)\/(v\d+(?:(?:alpha|beta)\d+)?):([A-Z]\w*)$/.exec(token);
    const [, group = "", , kind = ""] = match ?? [];
    return match === null || group === "helm.sh" || group === "yaml" || group === "kustomize" ? undefined : { kind };
}

const dashed: Readonly<Record<string, string>> = Object.fromEntries(
    [
        "embedded_resource",
        "int_or_string",
        "list_map_keys",
        "list_type",
        "map_type",
        "preserve_unknown_fields",
        "validations",
    ].map((name) => [`x_kubernetes_${name}`, `x-kubernetes-${name.replaceAll("_", "-")}`]),
);
const underscored = Object.fromEntries(Object.entries(dashed).map(([from, to]) => [to, from]));

/** Keys as the server spells them. */
export const toServer = (object: Properties): Properties => renamed(object, dashed) as Properties;

/** Keys as the SDK spells them. */
export const fromServer = (object: Properties): Properties => renamed(object, underscored) as Properties;

function renamed(value: Value, names: Readonly<Record<string, string>>): Value {
    if (Array.isArray(value)) {
        return value.map((item) => renamed(item, names));
    }
    return isProperties(value)
        ? Object.fromEntries(Object.entries(value).map(([name, item]) => [names[name] ?? name, renamed(item, names)]))
        : value;
}
