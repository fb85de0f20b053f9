import { type Finding, finding } from "../../finding.js";
import type { KubernetesApi } from "../../kubernetes.js";
import type { StateResource } from "../../state.js";
import { type Audited, auditEach } from "../auditor.js";

interface Named {
    readonly name: string;
    readonly namespace?: string;
}

interface Binding {
    readonly metadata: Named;
    readonly subjects?: readonly (Named & { readonly kind: string })[];
    readonly roleRef: { readonly kind: string; readonly name: string };
}

const API = "rbac.authorization.k8s.io/v1";
const kinds = ["RoleBinding", "ClusterRoleBinding"] as const;

/** Looks for bindings that give a declared ServiceAccount more than is declared: they are in no state. */
export async function auditBindings(
    stack: string,
    objects: readonly StateResource[],
    api: KubernetesApi,
): Promise<Audited> {
    const accounts = objects.filter(({ inputs }) => inputs.kind === "ServiceAccount" && inputs.apiVersion === "v1");
    if (accounts.length === 0) return { findings: [], unreadable: [], looked: 0 };
    return auditEach(
        kinds,
        (kind) => ({ resource: `kubernetes ${kind}s`, type: `kubernetes:${API}:${kind}`, name: `all ${kind}s` }),
        async (kind) => {
            const live = (await api.list(API, kind)) as unknown as readonly Binding[];
            const declared = objects
                .filter(({ inputs }) => inputs.kind === kind)
                .map(({ inputs }) => keyOf(named(inputs)));
            return strayBindings(
                live,
                new Set(declared),
                accounts.map(({ inputs }) => named(inputs)),
            ).map((binding) => strayFinding(stack, kind, binding));
        },
    );
}

/** Bindings in no state that name one of the accounts. */
export function strayBindings(
    live: readonly Binding[],
    declared: ReadonlySet<string>,
    accounts: readonly Named[],
): Binding[] {
    const ours = new Set(accounts.map(keyOf));
    return live.filter(
        ({ metadata, subjects = [] }) =>
            !declared.has(keyOf(metadata)) &&
            subjects.some((subject) => subject.kind === "ServiceAccount" && ours.has(keyOf(subject))),
    );
}

function strayFinding(stack: string, kind: string, { metadata, subjects = [], roleRef }: Binding): Finding {
    const place = metadata.namespace ? `-n ${metadata.namespace} ` : "";
    const who = subjects.map(({ namespace, name }) => (namespace ? `${namespace}/${name}` : name)).join(", ");
    return finding({
        stack,
        kind: "extra",
        cause: "undeclared",
        resource: `kubernetes ${kind} ${keyOf(metadata)}`,
        type: `kubernetes:${API}:${kind}`,
        name: `${kind} ${keyOf(metadata)}`,
        seenBy: "audit",
        differences: [{ path: "", live: `gives ${roleRef.kind} ${roleRef.name} to ${who}` }],
        accept: "declare it in the program, or list it under cicd:drift.expected with a reason",
        mend: `kubectl ${place}delete ${kind.toLowerCase()} ${metadata.name}`,
    });
}

const keyOf = ({ namespace, name }: Named) => (namespace ? `${namespace}/${name}` : name);

function named(inputs: StateResource["inputs"]): Named {
    return (inputs as unknown as { metadata: Named }).metadata;
}
