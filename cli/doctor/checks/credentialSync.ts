import {
    KEPT_BY_LABELS,
    POLICY_KINDS,
    POLICY_LABEL,
    type PolicyKind,
    policyName,
} from "../../../components/kyverno/names.js";
import { unseenNamespaces } from "../../../config/credentialSync.js";
import { makeCheck } from "../check.js";
import { broken, type Finding, warning } from "../finding.js";

interface Facts {
    readonly up: string;
    readonly secretName: string;
    readonly sourceNamespace: string;
    readonly excludedNamespaces: readonly string[];
    /** Of Kyverno. */
    readonly policy: { readonly kind: PolicyKind; readonly name: string };
    /** Undefined: there is none. */
    readonly isReady: boolean | undefined;
    readonly namespaces: readonly string[];
    /** Each Secret of that name, by namespace. */
    readonly secrets: ReadonlyMap<string, Copy>;
}

interface Copy {
    /** Only ever compared. */
    readonly data: string;
    readonly labels: Readonly<Record<string, string>>;
}

export const credentialSync = makeCheck({
    name: "credential-sync",
    proves: "Kyverno has put the registries' credential into every namespace, as it is at its source",
    applies: ({ credentialSync: block }) => block !== undefined,
    read: async (world): Promise<Facts> => {
        const cluster = await world.kubernetes();
        const block = world.settings.credentialSync;
        if (!block) throw new Error("cicd:credentialSync is switched off");
        const name = policyName(block.secretName);
        const policy = await cluster.findObject({ apiVersion: POLICY_KINDS[block.api], kind: block.api, name });
        const fieldSelector = `metadata.name=${block.secretName}`;
        const [namespaces, secrets] = await Promise.all([
            cluster.ask("the namespaces", () => cluster.core.listNamespace()),
            cluster.ask(`every Secret ${block.secretName}`, () =>
                cluster.core.listSecretForAllNamespaces({ fieldSelector }),
            ),
        ]);
        return {
            up: world.up,
            ...block,
            policy: { kind: block.api, name },
            isReady: policy && isReady(policy.status),
            namespaces: namespaces.items.flatMap(({ metadata, status }) =>
                status?.phase === "Active" && metadata?.name ? [metadata.name] : [],
            ),
            secrets: new Map(
                secrets.items.map(({ metadata, type, data }) => [
                    metadata?.namespace ?? "",
                    { data: JSON.stringify([type, data]), labels: metadata?.labels ?? {} },
                ]),
            ),
        };
    },
    judge: (facts: Facts) => ({
        looked: [describe(facts), ...facts.namespaces],
        findings: [...ofThePolicy(facts), ...ofTheSource(facts), ...facts.namespaces.flatMap((n) => ofCopy(facts, n))],
    }),
});

const describe = ({ policy: { kind, name } }: Facts) => `${kind} ${name}`;

function ofThePolicy(facts: Facts): Finding[] {
    const { policy, isReady: ready, up } = facts;
    const subject = describe(facts);
    if (ready === undefined) return [broken(subject, "is missing: no new namespace gets the credential", up)];
    if (ready) return [];
    return [broken(subject, "is not ready", `kubectl get ${policy.kind}/${policy.name} -o yaml # status says why`)];
}

function ofTheSource({ secrets, sourceNamespace, secretName, up }: Facts): Finding[] {
    if (secrets.has(sourceNamespace)) return [];
    return [broken(`Secret ${sourceNamespace}/${secretName}`, "is missing: it is what every copy is made of", up)];
}

function ofCopy(facts: Facts, namespace: string): Finding[] {
    const { secrets, secretName, sourceNamespace, excludedNamespaces } = facts;
    const source = secrets.get(sourceNamespace);
    if (source === undefined || namespace === sourceNamespace || unseenNamespaces.has(namespace)) return [];
    const subject = `Secret ${namespace}/${secretName}`;
    const copy = secrets.get(namespace);
    if (excludedNamespaces.includes(namespace)) {
        const mend = `kubectl -n ${namespace} delete secret ${secretName}`;
        return copy === undefined
            ? []
            : [warning(subject, "is in an excluded namespace, where nobody renews or removes it", mend)];
    }
    if (copy === undefined)
        return [broken(subject, "is missing: nothing of the registry can be pulled", touch(namespace))];
    if (copy.data !== source.data) return [broken(subject, "is not what its source is", touch(namespace))];
    return ofKeeper(facts, namespace, copy);
}

/** A copy that looks right is left behind by the next rotation where another policy made it. */
function ofKeeper({ policy, secretName, isReady: ready }: Facts, namespace: string, { labels }: Copy): Finding[] {
    const subject = `Secret ${namespace}/${secretName}`;
    const consequence = "a rotation leaves it behind";
    if (ready === undefined) return [];
    if (labels[POLICY_LABEL] !== policy.name) {
        const mend = `kubectl -n ${namespace} delete secret ${secretName} && ${touch(namespace)}`;
        return [warning(subject, `is not a copy of ${policy.kind} ${policy.name}: ${consequence}`, mend)];
    }
    if (labels[KEPT_BY_LABELS[policy.kind]] !== undefined) return [];
    return [warning(subject, `was written last by a policy that is gone: ${consequence}`, touch(namespace))];
}

/** Kyverno looks at a namespace when it changes. */
const touch = (namespace: string) => `kubectl annotate namespace ${namespace} --overwrite cicd/looked-at="$(date +%s)"`;

/** Of either interface. */
export function isReady(status: unknown): boolean {
    const { conditions, conditionStatus } = (status ?? {}) as {
        readonly conditions?: readonly { readonly type: string; readonly status: string }[];
        readonly conditionStatus?: { readonly ready?: boolean };
    };
    return (
        conditionStatus?.ready ?? conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") ?? false
    );
}
