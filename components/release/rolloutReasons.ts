import type { V1Deployment, V1Pod, V1PodCondition, V1ReplicaSet } from "@kubernetes/client-node";

const REVISION = "deployment.kubernetes.io/revision";
/** Ordinary stages of a pod's way up. */
const ORDINARY = new Set(["ContainerCreating", "PodInitializing"]);

export interface Rollout {
    readonly replicaSets: readonly V1ReplicaSet[];
    readonly pods: readonly V1Pod[];
}

/**
 * Why the newest revision of a Deployment does not come up, one line a reason: what its controller could not do (a quota),
 * and what its pods wait for (an image, a crash, a place to run).
 */
export function rolloutReasons(deployment: V1Deployment, { replicaSets, pods }: Rollout): string[] {
    const revision = deployment.metadata?.annotations?.[REVISION];
    const newest = replicaSets.find(
        (set) => isOwned(set, deployment) && set.metadata?.annotations?.[REVISION] === revision,
    );
    const refused = deployment.status?.conditions?.filter(
        ({ type, status }) =>
            (type === "ReplicaFailure" && status === "True") || (type === "Progressing" && status === "False"),
    );
    const own = newest ? pods.filter((pod) => isOwned(pod, newest)) : [];
    return [...(refused ?? []).map(({ reason, message }) => line(reason, message)), ...own.flatMap(podReasons)];
}

function podReasons(pod: V1Pod): string[] {
    const { initContainerStatuses = [], containerStatuses = [], conditions = [] } = pod.status ?? {};
    const states = [...initContainerStatuses, ...containerStatuses].flatMap(({ name, state, lastState }) => {
        const waiting = state?.waiting;
        const ended = state?.terminated ?? (waiting?.reason === "CrashLoopBackOff" ? lastState?.terminated : undefined);
        const failed = ended && ended.exitCode !== 0 ? `exit code ${ended.exitCode}` : undefined;
        const reason = waiting?.reason ?? (failed && (ended?.reason ?? "Error"));
        if (reason === undefined || ORDINARY.has(reason)) return [];
        return [`container ${name}: ${line(reason, [waiting?.message, failed].filter(Boolean).join(", "))}`];
    });
    const unplaced = conditions
        .filter(({ type, status }: V1PodCondition) => type === "PodScheduled" && status === "False")
        .map(({ reason, message }) => line(reason, message));
    return [...states, ...unplaced].map((text) => `pod ${pod.metadata?.name}: ${text}`);
}

function line(reason: string | undefined, message: string | undefined): string {
    return [reason, message?.replace(/\s+/g, " ").trim()].filter(Boolean).join(": ");
}

function isOwned(object: V1Pod | V1ReplicaSet, owner: V1Deployment | V1ReplicaSet): boolean {
    return object.metadata?.ownerReferences?.some(({ uid }) => uid === owner.metadata?.uid) ?? false;
}
