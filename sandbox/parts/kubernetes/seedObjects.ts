/** What the operator's cluster holds before the program is run: none of it is the program's own. */

import type { KubernetesObject, V1Deployment } from "@kubernetes/client-node";

/** An application that runs already, at a tag of eight zeros. */
export interface SeededApp {
    readonly namespace: string;
    /** Name of the Deployment and of its container. */
    readonly name: string;
    /** In the registry, for example `acme/website`. */
    readonly repository: string;
}

export const seededTag = "00000000";

export const seededApps: readonly SeededApp[] = [
    { namespace: "website", name: "website", repository: "acme/website" },
    { namespace: "shop", name: "backend", repository: "acme/shop-backend" },
    { namespace: "shop", name: "frontend", repository: "acme/shop-frontend" },
    { namespace: "travel-blog", name: "travel-blog", repository: "acme/travel-blog" },
];

const namespaces = ["monitoring", "shop", "travel-blog", "vault", "website", "woodpecker"];

/** Vault's own ServiceAccount and the long-lived token with which a Vault outside of the cluster reviews others. */
export const reviewer = { namespace: "vault", name: "vault", secret: "vault-token" } as const;

/** Objects in an order in which they can be created. */
export function clusterObjects(registry: string): KubernetesObject[] {
    return [
        ...namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })),
        {
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: { namespace: reviewer.namespace, name: reviewer.name },
        },
        {
            apiVersion: "v1",
            kind: "Secret",
            metadata: {
                namespace: reviewer.namespace,
                name: reviewer.secret,
                annotations: { "kubernetes.io/service-account.name": reviewer.name },
            },
            type: "kubernetes.io/service-account-token",
        } as KubernetesObject,
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "vault-auth-delegator" },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
            subjects: [{ kind: "ServiceAccount", namespace: reviewer.namespace, name: reviewer.name }],
        } as KubernetesObject,
        ...seededApps.map((app) => deploymentOf(app, registry)),
    ];
}

/** No ports: pods share the host's network, where a port is taken until the old pod is gone. */
function deploymentOf({ namespace, name, repository }: SeededApp, registry: string): V1Deployment {
    const labels = { app: name };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { namespace, name, labels },
        spec: {
            replicas: 1,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    automountServiceAccountToken: false,
                    terminationGracePeriodSeconds: 1,
                    containers: [{ name, image: `${registry}/${repository}:${seededTag}` }],
                },
            },
        },
    };
}

/**
 * The sandbox's admission rule. A pod with a network of its own could not reach this machine's 127.0.0.1, where all
 * servers of the sandbox are, and the cluster's service address leads nowhere without kube-proxy: pods get the host's
 * network and the API server's real address, in the variables that clients in pods read.
 */
export function admissionObjects(apiServerPort: number): KubernetesObject[] {
    const name = "sandbox-host-network";
    const environment = [
        ["KUBERNETES_SERVICE_HOST", "127.0.0.1"],
        ["KUBERNETES_SERVICE_PORT", String(apiServerPort)],
        ["KUBERNETES_SERVICE_PORT_HTTPS", String(apiServerPort)],
    ];
    const withEnvironment = (field: "containers" | "initContainers") => {
        const type = `Object.spec.${field}`;
        const variables = environment
            .map(([key, value]) => `${type}.env{name: "${key}", value: "${value}"}`)
            .join(", ");
        return `object.spec.${field}.map(c, ${type}{name: c.name, env: [${variables}]})`;
    };
    const mutations = [
        `Object{spec: Object.spec{hostNetwork: true, containers: ${withEnvironment("containers")}}}`,
        `has(object.spec.initContainers) ? Object{spec: Object.spec{initContainers: ${withEnvironment("initContainers")}}} : Object{}`,
    ];
    const group = "admissionregistration.k8s.io/v1beta1";
    return [
        {
            apiVersion: group,
            kind: "MutatingAdmissionPolicy",
            metadata: { name },
            spec: {
                failurePolicy: "Fail",
                reinvocationPolicy: "IfNeeded",
                matchConstraints: {
                    resourceRules: [
                        { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
                    ],
                },
                mutations: mutations.map((expression) => ({
                    patchType: "ApplyConfiguration",
                    applyConfiguration: { expression },
                })),
            },
        } as KubernetesObject,
        {
            apiVersion: group,
            kind: "MutatingAdmissionPolicyBinding",
            metadata: { name },
            spec: { policyName: name },
        } as KubernetesObject,
    ];
}
