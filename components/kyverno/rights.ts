import type { PolicyKind } from "./names.js";

/** A ClusterRole that Kyverno adds to the rights of one of its controllers. */
export interface AggregatedRole {
    /** Of the controller. */
    readonly controller: "background" | "admission";
    readonly labels: Readonly<Record<string, string>>;
    readonly rules: readonly {
        readonly apiGroups: readonly string[];
        readonly resources: readonly string[];
        readonly verbs: readonly string[];
    }[];
}

/**
 * What Kyverno needs to copy a Secret into every namespace.
 *
 * None of it can be narrowed to the Secret's name: a name cannot restrict `create` and `list`, and before it takes a ClusterPolicy
 * Kyverno asks whether it may do the rest to Secrets of any name.
 */
export function spreadRights(kind: PolicyKind): AggregatedRole[] {
    const watches = kind === "GeneratingPolicy";
    return [
        role("background", ["create", "delete", "get", "list", "update", ...(watches ? ["watch"] : [])]),
        // To find the copies of a source that was changed.
        role("admission", ["get", "list"]),
    ];
}

function role(controller: AggregatedRole["controller"], verbs: readonly string[]): AggregatedRole {
    return {
        controller,
        labels: { [`rbac.kyverno.io/aggregate-to-${controller}-controller`]: "true" },
        rules: [{ apiGroups: [""], resources: ["secrets"], verbs }],
    };
}
