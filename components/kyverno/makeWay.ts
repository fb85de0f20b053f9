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
        await untilSettled(cluster, name);
        await cluster.delete(policy);
        for (const end = Date.now() + PATIENCE_MS; await cluster.read(policy); await pause(PAUSE_MS)) {
            if (Date.now() < end) continue;
            throw new PlainError(
                `${kind} ${name} was deleted and does not go away; see its finalizers: kubectl get -o yaml`,
            );
        }
    }
}

/**
 * Waits for what Kyverno has still to do for the policy: a copy that it makes after the policy of a GeneratingPolicy is gone, it guards
 * against the next policy until it is restarted.
 */
async function untilSettled(cluster: KubernetesObjects, name: string): Promise<void> {
    const requests = { system: "Kubernetes", kind: "UpdateRequest", apiVersion: "kyverno.io/v2" } as const;
    const isOurs = ({ spec, status }: Fields) =>
        (spec as Fields | undefined)?.policy === name && (status as Fields | undefined)?.state === "Pending";
    // Those that fail are tried again for long, and say nothing about the copies that are there.
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pause(PAUSE_MS)) {
        if (!(await cluster.list(requests)).some(isOurs)) return;
    }
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
