import { POLICY_KINDS, policyName } from "../../../components/kyverno/names.js";
import { unseenNamespaces } from "../../../config/credentialSync.js";
import { makeCheck } from "../check.js";
import { broken, type Finding, warning } from "../finding.js";

interface Facts {
    readonly up: string;
    readonly secretName: string;
    readonly sourceNamespace: string;
    readonly excludedNamespaces: readonly string[];
    /** Of Kyverno, with its kind. */
    readonly policy: string;
    /** Undefined: there is none. */
    readonly isReady: boolean | undefined;
    readonly namespaces: readonly string[];
    /** The data of each Secret of that name, by namespace; only ever compared. */
    readonly secrets: ReadonlyMap<string, string>;
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
            policy: `${block.api} ${name}`,
            isReady: policy && isReady(policy.status),
            namespaces: namespaces.items.flatMap(({ metadata, status }) =>
                status?.phase === "Active" && metadata?.name ? [metadata.name] : [],
            ),
            secrets: new Map(
                secrets.items.map(({ metadata, type, data }) => [
                    metadata?.namespace ?? "",
                    JSON.stringify([type, data]),
                ]),
            ),
        };
    },
    judge: (facts: Facts) => ({
        looked: [facts.policy, ...facts.namespaces],
        findings: [...ofThePolicy(facts), ...ofTheSource(facts), ...facts.namespaces.flatMap((n) => ofCopy(facts, n))],
    }),
});

function ofThePolicy({ policy, isReady: ready, up }: Facts): Finding[] {
    if (ready === undefined) return [broken(policy, "is missing: no new namespace gets the credential", up)];
    if (ready) return [];
    return [broken(policy, "is not ready", `kubectl get ${policy.replace(" ", "/")} -o yaml # status says why`)];
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
    return copy === source ? [] : [broken(subject, "is not what its source is", touch(namespace))];
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
