/** Properties that the server does not let anybody change: a change replaces the object. */

import type { Properties } from "../provider/values.js";

const selector = [".spec.selector"];
const job = [".spec.completions", ".spec.parallelism", ".spec.selector", ".spec.template"];
const containerFields = [
    "args",
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
];
const podFields = [
    "affinity",
    "automountServiceAccountToken",
    "dnsConfig",
    "dnsPolicy",
    "enableServiceLinks",
    "hostAliases",
    "hostIPC",
    "hostNetwork",
    "hostPID",
    "hostname",
    "imagePullSecrets",
    "nodeName",
    "nodeSelector",
    "overhead",
    "preemptionPolicy",
    "priority",
    "priorityClassName",
    "readinessGates",
    "restartPolicy",
    "runtimeClassName",
    "schedulerName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "shareProcessNamespace",
    "subdomain",
    "terminationGracePeriodSeconds",
    "volumes",
];

const byKind: Readonly<Record<string, readonly string[]>> = {
    "apps/v1/DaemonSet": selector,
    "apps/v1/Deployment": selector,
    "apps/v1/StatefulSet": [
        ".spec.podManagementPolicy",
        ".spec.revisionHistoryLimit",
        ".spec.selector",
        ".spec.serviceName",
        ".spec.volumeClaimTemplates",
    ],
    "batch/v1/Job": job,
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": [".roleRef"],
    "rbac.authorization.k8s.io/v1/RoleBinding": [".roleRef"],
    "storage.k8s.io/v1/StorageClass": [".parameters", ".provisioner"],
    "v1/PersistentVolumeClaim": [".spec.accessModes", ".spec.selector", ".spec.storageClassName", ".spec.volumeName"],
    "v1/Pod": [
        ...podFields.map((field) => `.spec.${field}`),
        ...["containers", "initContainers"].flatMap((list) =>
            containerFields.map((field) => `.spec.${list}[*].${field}`),
        ),
    ],
    "v1/ResourceQuota": [".spec.scopes"],
    "v1/Service": [".spec.clusterIP"],
};

export interface Mutability {
    readonly configMaps: boolean;
    readonly secrets: boolean;
}

/** Paths whose change replaces the object. */
export function replacingPaths(object: Properties, mutable: Mutability): string[] {
    const identity = [".metadata.name", ".metadata.namespace"];
    const kind = `${String(object.apiVersion)}/${String(object.kind)}`;
    if (kind === "v1/Secret") {
        const data = mutable.secrets && object.immutable !== true ? [] : [".stringData", ".data"];
        return [...identity, ".type", ...data];
    }
    if (kind === "v1/ConfigMap") {
        const data = mutable.configMaps && object.immutable !== true ? [] : [".binaryData", ".data"];
        return [...identity, ...data];
    }
    return [...identity, ...(byKind[kind] ?? [])];
}
