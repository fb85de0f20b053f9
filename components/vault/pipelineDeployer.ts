import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { Delivery } from "../../config/settings.js";
import { pipelineRole } from "./names.js";
import { type PathRule, renderPolicy, revokeSelf } from "./policy.js";
import type { VaultAuth } from "./vaultAuth.js";

export interface PipelineDeployerArgs {
    readonly delivery: Delivery;
    readonly auth: VaultAuth;
    /** What a deploy step may ask Vault for: one rule an application, and what recording a pin takes. */
    readonly grants: readonly PathRule[];
}

/**
 * What a deploy step in Woodpecker is: a ServiceAccount in the pipeline namespace, and the Vault role it logs in with.
 *
 * One for all applications: Woodpecker lets every pipeline that may choose a ServiceAccount choose any of them, so one for each
 * would look like a separation that is none.
 */
export class PipelineDeployer extends pulumi.ComponentResource {
    constructor(name: string, args: PipelineDeployerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:vault:PipelineDeployer", name, {}, opts);
        const parent = { parent: this };
        const { woodpecker, vault: settings } = args.delivery;
        const { deployServiceAccount, pipelineNamespace } = woodpecker;

        const account = new k8s.core.v1.ServiceAccount(
            `${name}-account`,
            {
                metadata: { name: deployServiceAccount, namespace: pipelineNamespace },
                // The step logs in to Vault with the token that is mounted; Woodpecker cannot ask for one of its own.
                automountServiceAccountToken: true,
            },
            parent,
        );
        const policy = new vault.Policy(
            `${name}-policy`,
            { name: pipelineRole, policy: renderPolicy([revokeSelf, ...args.grants]) },
            parent,
        );
        new vault.kubernetes.AuthBackendRole(
            `${name}-role`,
            {
                backend: args.auth.authMount,
                roleName: pipelineRole,
                boundServiceAccountNames: [deployServiceAccount],
                boundServiceAccountNamespaces: [pipelineNamespace],
                audience: settings.kubernetes.audience,
                tokenPolicies: [policy.name],
                tokenNoDefaultPolicy: true,
                tokenTtl: tokenSeconds,
                tokenMaxTtl: tokenSeconds,
            },
            { ...parent, dependsOn: account },
        );

        this.registerOutputs({ role: pipelineRole });
    }
}

/** Enough for the longest rollout that a deploy step waits for. */
const tokenSeconds = 900;
