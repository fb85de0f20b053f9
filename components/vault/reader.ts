import type * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { type PathRule, renderPolicy } from "./policy.js";

export interface ReaderArgs {
    /** Name of role and policy. */
    readonly role: string;
    readonly rules: readonly PathRule[];
    readonly authMount: pulumi.Input<string>;
    /** The one ServiceAccount that may log in, and its namespace. */
    readonly account: string;
    readonly namespace: string;
    readonly audience: string;
    /** How long a token lives at most. */
    readonly tokenSeconds: number;
}

/**
 * Declares who a program of the cluster is to Vault: one account, one audience, exact paths, tokens of minutes.
 *
 * @param account made before the role, for a role without its account is a door left open
 * @returns the role
 */
export function declareReader(
    name: string,
    { role, rules, authMount, account, namespace, audience, tokenSeconds }: ReaderArgs,
    opts: pulumi.CustomResourceOptions,
    dependsOn: pulumi.Resource,
): pulumi.Resource {
    const policy = new vault.Policy(`${name}-policy`, { name: role, policy: renderPolicy(rules) }, opts);
    return new vault.kubernetes.AuthBackendRole(
        `${name}-role`,
        {
            backend: authMount,
            roleName: role,
            boundServiceAccountNames: [account],
            boundServiceAccountNamespaces: [namespace],
            audience,
            tokenPolicies: [policy.name],
            tokenNoDefaultPolicy: true,
            tokenTtl: tokenSeconds,
            tokenMaxTtl: tokenSeconds,
        },
        { ...opts, dependsOn },
    );
}
