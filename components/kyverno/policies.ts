import type { CredentialSyncBlock } from "../../config/credentialSync.js";
import { POLICY_KINDS, type PolicyKind, policyName } from "./names.js";

export type SpreadInput = Pick<CredentialSyncBlock, "sourceNamespace" | "secretName" | "excludedNamespaces">;

/** A policy of Kyverno without what is the same for all objects. */
export interface PolicyDocument {
    readonly apiVersion: string;
    readonly kind: PolicyKind;
    readonly metadata: { readonly name: string };
    readonly spec: object;
}

const builders: Readonly<Record<PolicyKind, (input: SpreadInput) => object>> = {
    ClusterPolicy: clusterPolicySpec,
    GeneratingPolicy: generatingPolicySpec,
};

/** The policy that puts a copy of the source into every namespace, existing or new, and keeps it as the source is. */
export function spreadPolicy(kind: PolicyKind, input: SpreadInput): PolicyDocument {
    return {
        apiVersion: POLICY_KINDS[kind],
        kind,
        metadata: { name: policyName(input.secretName) },
        spec: builders[kind](input),
    };
}

/**
 * Fields of a ClusterPolicy that Kyverno lets nobody change once it synchronizes, as Pulumi writes paths. Nothing of them comes from
 * the stack file: what is excluded stands in the `foreach`, which may change, so that an exclusion costs no replacement.
 */
export const FIXED_FIELDS = ["spec.rules[0].name", "spec.rules[0].match"] as const;

function clusterPolicySpec({ sourceNamespace, secretName, ...input }: SpreadInput) {
    const copy = { apiVersion: "v1", kind: "Secret", name: secretName, namespace: "{{ element }}" };
    return {
        background: true,
        rules: [
            {
                name: "copy-secret",
                match: { any: [{ resources: { kinds: ["Namespace"] } }] },
                generate: {
                    generateExisting: true,
                    synchronize: true,
                    // Without it a deleted policy takes every copy with it, since Kyverno 1.19.
                    orphanDownstreamOnPolicyDelete: true,
                    foreach: [
                        {
                            list: "[request.object.metadata.name]",
                            preconditions: {
                                all: [
                                    {
                                        key: "{{ element }}",
                                        operator: "AnyNotIn",
                                        value: excluded({ sourceNamespace, ...input }),
                                    },
                                ],
                            },
                            ...copy,
                            clone: { namespace: sourceNamespace, name: secretName },
                        },
                    ],
                },
            },
        ],
    };
}

function generatingPolicySpec({ sourceNamespace, secretName, ...input }: SpreadInput) {
    const on = { enabled: true };
    const names = excluded({ sourceNamespace, ...input })
        .map(quoted)
        .join(", ");
    const source = ["v1", "secrets", sourceNamespace, secretName].map(quoted).join(", ");
    return {
        evaluation: { generateExisting: on, synchronize: on, orphanDownstreamOnPolicyDelete: on },
        matchConstraints: {
            resourceRules: [
                { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["namespaces"] },
            ],
        },
        matchConditions: [{ name: "not-excluded", expression: `!(object.metadata.name in [${names}])` }],
        variables: [
            { name: "target", expression: "object.metadata.name" },
            { name: "source", expression: `resource.Get(${source})` },
        ],
        generate: [{ expression: "generator.Apply(variables.target, [variables.source])" }],
    };
}

/** The source's own namespace is none of those that get a copy. */
export function excluded({
    sourceNamespace,
    excludedNamespaces,
}: Pick<SpreadInput, "sourceNamespace" | "excludedNamespaces">) {
    return [...new Set([...excludedNamespaces, sourceNamespace])].sort();
}

/** Names of namespaces and Secrets have no character that means anything in a string of CEL. */
const quoted = (name: string) => `"${name}"`;
