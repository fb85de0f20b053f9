import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { Infra } from "../../config/settings.js";
import { renderPolicy, revokeSelf } from "../vault/policy.js";
import { type InfraPipeline, ownIdentity } from "./pipeline.js";

export interface PipelineIdentityArgs {
    readonly infra: Infra;
    readonly pipeline: InfraPipeline;
    /** Mount of Vault's auth method for the cluster, known once it is configured. */
    readonly authMount: pulumi.Input<string>;
}

/** What one infra pipeline is in the cluster and in Vault: a ServiceAccount, and a role with exactly the paths it needs. */
export class PipelineIdentity extends pulumi.ComponentResource {
    constructor(name: string, args: PipelineIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:infra:PipelineIdentity", name, {}, opts);
        const parent = { parent: this };
        const { infra, pipeline } = args;
        const identity = ownIdentity(pipeline.name);
        const namespace = infra.woodpecker.pipelineNamespace;

        const bind = (resource: string, metadata: { name: string }, clusterRole: pulumi.Input<string>) =>
            new k8s.rbac.v1.ClusterRoleBinding(
                resource,
                {
                    metadata,
                    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: clusterRole },
                    subjects: [{ kind: "ServiceAccount", name: identity, namespace }],
                },
                parent,
            );

        const account = new k8s.core.v1.ServiceAccount(
            `${name}-account`,
            {
                metadata: { name: identity, namespace },
                // The step speaks to Vault or to the API server with the token that is mounted.
                automountServiceAccountToken: true,
            },
            parent,
        );
        if (pipeline.rights) {
            const policy = new vault.Policy(
                `${name}-policy`,
                { name: identity, policy: renderPolicy([revokeSelf, ...pipeline.rights]) },
                parent,
            );
            new vault.kubernetes.AuthBackendRole(
                `${name}-role`,
                {
                    backend: args.authMount,
                    roleName: identity,
                    boundServiceAccountNames: [identity],
                    boundServiceAccountNamespaces: [namespace],
                    audience: infra.vault.kubernetes.audience,
                    tokenPolicies: [policy.name],
                    tokenNoDefaultPolicy: true,
                    tokenTtl: tokenSeconds,
                    tokenMaxTtl: tokenSeconds,
                },
                { ...parent, dependsOn: account },
            );
        }
        if (pipeline.clusterRules) {
            const metadata = { name: identity };
            const rules = pipeline.clusterRules.map((rule) => ({
                apiGroups: [...rule.apiGroups],
                resources: [...rule.resources],
                ...(rule.resourceNames && { resourceNames: [...rule.resourceNames] }),
                verbs: [...rule.verbs],
            }));
            const role = new k8s.rbac.v1.ClusterRole(`${name}-cluster-role`, { metadata, rules }, parent);
            bind(`${name}-cluster-binding`, metadata, role.metadata.name);
        }
        if (pipeline.clusterRole) {
            bind(`${name}-existing-binding`, { name: `${identity}-${pipeline.clusterRole}` }, pipeline.clusterRole);
        }

        this.registerOutputs({});
    }
}

/** Half an hour: longer than any of these steps waits. */
const tokenSeconds = 1800;
