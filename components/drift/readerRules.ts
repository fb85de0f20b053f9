import type { ClusterRule } from "../infra/pipeline.js";

const look = ["get", "list"] as const;
/** What the provider asks of a Deployment whose image is pinned, to say whether it is rolled out. */
const follow = ["get", "list", "watch"] as const;

/**
 * What a preview with refresh and the audit read in the cluster. A preview also tries its changes without carrying them
 * out; the provider goes on where that is forbidden, so that no right to change anything is needed.
 *
 * @param secrets names of the Secrets that are declared; of others the job sees nothing
 */
export function readerRules(secrets: readonly string[]): ClusterRule[] {
    const core = { apiGroups: [""] };
    return [
        { ...core, resources: ["configmaps", "namespaces", "serviceaccounts", "services"], verbs: look },
        { ...core, resources: ["endpoints", "events", "persistentvolumeclaims", "pods"], verbs: follow },
        ...(secrets.length > 0 ? [{ ...core, resources: ["secrets"], resourceNames: secrets, verbs: ["get"] }] : []),
        { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: follow },
        { apiGroups: ["batch"], resources: ["cronjobs"], verbs: look },
        { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: look },
        {
            apiGroups: ["rbac.authorization.k8s.io"],
            resources: ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
            verbs: look,
        },
        { apiGroups: ["monitoring.coreos.com"], resources: ["prometheusrules"], verbs: look },
        { apiGroups: ["kyverno.io", "policies.kyverno.io"], resources: ["*"], verbs: look },
        { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"], verbs: look },
    ];
}
