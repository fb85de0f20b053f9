/**
 * Name of the policy that spreads a Secret, the same in both of Kyverno's interfaces and for ever.
 *
 * Every copy carries it as a label. A GeneratingPolicy takes over only copies with its own name, and one copy with the name of a
 * policy that is gone ends the rotation of all (kyverno/policies#1470): a second name would leave copies behind that nobody renews.
 */
export const policyName = (secretName: string) => `sync-${secretName}`;

export const POLICY_KINDS = {
    ClusterPolicy: "kyverno.io/v1",
    GeneratingPolicy: "policies.kyverno.io/v1",
} as const;

export type PolicyKind = keyof typeof POLICY_KINDS;

/** Label of a copy that names the policy which keeps it. */
export const POLICY_LABEL = "generate.kyverno.io/policy-name";

/** Label that a copy carries only when a policy of this interface wrote it last; the other interface's policies do not renew it. */
export const KEPT_BY_LABELS = {
    ClusterPolicy: "generate.kyverno.io/rule-name",
    GeneratingPolicy: "generate.kyverno.io/trigger-name",
} as const satisfies Record<PolicyKind, string>;
