import { setTimeout as pause } from "node:timers/promises";
import { PlainError } from "../../jobs/lib/errors.js";
import type { KubernetesObjects } from "../adoption/kubernetesObjects.js";
import type { ServerObject } from "../adoption/serverObject.js";
import { POLICY_KINDS, type PolicyKind } from "./names.js";

const PATIENCE_MS = 30_000;
const PAUSE_MS = 200;

/** What makes a policy leave its copies where they are when it is deleted; both may be changed at any time. */
const KEEP = { ClusterPolicy: keepOfRules, GeneratingPolicy: keepOfEvaluation } as const;

/**
 * Removes what there is of a policy's name in either interface of Kyverno, for the one that is about to be made.
 *
 * Two at a time would fight for the labels of the copies, and the fields of one that is there may be of those that cannot be changed.
 * The copies stay: no namespace is without its credential, and the new policy takes them over.
 *
 * @throws PlainError where it does not go away
 */
export async function makeWay(cluster: KubernetesObjects, name: string): Promise<void> {
    for (const [kind, apiVersion] of Object.entries(POLICY_KINDS) as [PolicyKind, string][]) {
        const policy: ServerObject = { system: "Kubernetes", kind, name, apiVersion };
        const live = await cluster.read(policy);
        if (!live) continue;
        const keep = KEEP[kind](live);
        if (keep) await cluster.merge(policy, keep);
        await endRequests(cluster, name);
        await cluster.delete(policy);
        for (const end = Date.now() + PATIENCE_MS; await cluster.read(policy); await pause(PAUSE_MS)) {
            if (Date.now() < end) continue;
            throw new PlainError(
                `${kind} ${name} was deleted and does not go away; see its finalizers: kubectl get -o yaml`,
            );
        }
        // Its deletion may have made some, and one that was being tried meanwhile is back.
        await deleteRequests(cluster, name);
    }
}

const UPDATE_REQUEST = { system: "Kubernetes", kind: "UpdateRequest", apiVersion: "kyverno.io/v2" } as const;

/**
 * Waits for what Kyverno has still to do for the policy, and takes away what it does not come to an end with.
 *
 * It tries a failed request again for ever. Once the policy is gone, such a try *deletes* what the request made before it failed, also
 * where copies are to stay (`deleteDownstream` of 1.19.1), and one of a GeneratingPolicy guards its copy against the next policy.
 */
async function endRequests(cluster: KubernetesObjects, name: string): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(PAUSE_MS)) {
        if ((await requestsOf(cluster, name)).length === 0) return;
    }
    await deleteRequests(cluster, name);
}

async function deleteRequests(cluster: KubernetesObjects, name: string): Promise<void> {
    for (const { metadata } of await requestsOf(cluster, name)) {
        const { name: request, namespace: within } = metadata as { name: string; namespace: string };
        await cluster.delete({ ...UPDATE_REQUEST, name: request, within });
    }
}

async function requestsOf(cluster: KubernetesObjects, policy: string): Promise<Fields[]> {
    const all = await cluster.list(UPDATE_REQUEST);
    return all.filter(({ spec }) => (spec as Fields | undefined)?.policy === policy);
}

type Fields = Readonly<Record<string, unknown>>;

/** @returns a merge patch, or nothing where every copy stays already */
export function keepOfRules(policy: Fields): Fields | undefined {
    const rules = ((policy.spec as Fields | undefined)?.rules ?? []) as readonly Fields[];
    const keeps = ({ generate }: Fields) =>
        generate === undefined || (generate as Fields).orphanDownstreamOnPolicyDelete === true;
    if (rules.every(keeps)) return undefined;
    const kept = rules.map((rule) =>
        keeps(rule)
            ? rule
            : { ...rule, generate: { ...(rule.generate as Fields), orphanDownstreamOnPolicyDelete: true } },
    );
    return { spec: { rules: kept } };
}

export function keepOfEvaluation(policy: Fields): Fields | undefined {
    const evaluation = (policy.spec as { evaluation?: Fields } | undefined)?.evaluation;
    const { enabled } = (evaluation?.orphanDownstreamOnPolicyDelete ?? {}) as { enabled?: boolean };
    return enabled ? undefined : { spec: { evaluation: { orphanDownstreamOnPolicyDelete: { enabled: true } } } };
}
