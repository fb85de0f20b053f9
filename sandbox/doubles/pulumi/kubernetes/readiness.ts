/** When an object counts as ready, kind by kind: the conditions that the official plugin waits for. */

import type { JsonObject } from "../provider/values.js";
import { annotation, metadataOf } from "./api.js";

/** Objects that belong to the one that is waited for. */
export interface Surroundings {
    readonly replicaSets: readonly JsonObject[];
    readonly pods: readonly JsonObject[];
    /** Whether an Endpoints object of that name exists and lists no address that is not ready. */
    readonly endpointsReady: boolean;
}

export interface Readiness {
    readonly ready: boolean;
    /** No waiting will help. */
    readonly failed?: boolean;
    /** What is missing, in sentences; the first is shown while waiting. */
    readonly reasons: readonly string[];
}

export interface Rule {
    readonly needs: readonly ("replicaSets" | "pods" | "endpoints")[];
    /** Refresh reports objects that are not ready, too. */
    readonly onRead: boolean;
    /** @default 600 */
    readonly timeoutSeconds?: number;
    judge(object: JsonObject, surroundings: Surroundings): Readiness;
}

const ready: Readiness = { ready: true, reasons: [] };
const waiting = (...reasons: string[]): Readiness => ({ ready: false, reasons });

/** `apiVersion/kind` to rule; other kinds are ready as soon as they exist. */
export const rules: Readonly<Record<string, Rule>> = {
    "apps/v1/Deployment": { needs: ["replicaSets", "pods"], onRead: true, judge: judgeDeployment },
    "apps/v1/StatefulSet": { needs: ["pods"], onRead: true, judge: judgeStatefulSet },
    "apps/v1/DaemonSet": { needs: ["pods"], onRead: true, judge: judgeDaemonSet },
    "batch/v1/Job": { needs: ["pods"], onRead: true, judge: judgeJob },
    "networking.k8s.io/v1/Ingress": { needs: [], onRead: true, judge: judgeIngress },
    "v1/PersistentVolumeClaim": { needs: [], onRead: false, timeoutSeconds: 300, judge: phaseOf("Bound", "Pending") },
    "v1/Pod": { needs: [], onRead: true, judge: judgePod },
    "v1/ResourceQuota": { needs: [], onRead: false, timeoutSeconds: 60, judge: judgeQuota },
    "v1/Secret": { needs: [], onRead: false, timeoutSeconds: 5, judge: judgeSecret },
    "v1/Service": { needs: ["endpoints"], onRead: true, judge: judgeService },
};

const revisionOf = (object: JsonObject) => annotation(object, "deployment.kubernetes.io/revision");

function judgeDeployment(object: JsonObject, { replicaSets, pods }: Surroundings): Readiness {
    const status = statusOf(object);
    const revision = revisionOf(object);
    if (status.observedGeneration !== metadataOf(object).generation || revision === undefined) {
        return waiting("the Deployment controller has not seen this change yet");
    }
    const replicaSet = replicaSets.find((each) => ownedBy(each, object) && revisionOf(each) === revision);
    const wanted = Number(specOf(replicaSet ?? {}).replicas ?? 1);
    const live = Number(statusOf(replicaSet ?? {}).readyReplicas ?? 0);
    const available = conditionOf(object, "Available");
    const progressing = conditionOf(object, "Progressing");
    const rolledOut = revision === "1" || progressing?.reason === "NewReplicaSetAvailable";
    const replicasReady = replicaSet !== undefined && live >= wanted;
    if (replicasReady && available?.status === "True" && rolledOut) {
        return ready;
    }
    return waiting(
        replicasReady
            ? "Waiting for the Deployment to become available"
            : `Waiting for app ReplicaSet to be available (${live}/${wanted} Pods available)`,
        ...[available, progressing].filter((each) => each?.status === "False").map(conditionText),
        ...podReasons(pods.filter((pod) => replicaSet !== undefined && ownedBy(pod, replicaSet))),
    );
}

function judgeStatefulSet(object: JsonObject, { pods }: Surroundings): Readiness {
    const status = statusOf(object);
    const wanted = Number(specOf(object).replicas ?? 1);
    const live = Number(status.readyReplicas ?? 0);
    const current =
        status.observedGeneration === metadataOf(object).generation && status.currentRevision === status.updateRevision;
    return current && live >= wanted
        ? ready
        : waiting(
              `Waiting for StatefulSet update to roll out (${live}/${wanted} Pods ready)`,
              ...podReasons(pods.filter((pod) => ownedBy(pod, object))),
          );
}

function judgeDaemonSet(object: JsonObject, { pods }: Surroundings): Readiness {
    const status = statusOf(object);
    const wanted = Number(status.desiredNumberScheduled ?? 0);
    const live = Math.min(Number(status.numberReady ?? 0), Number(status.updatedNumberScheduled ?? 0));
    return status.observedGeneration === metadataOf(object).generation && live >= wanted
        ? ready
        : waiting(
              `Waiting for DaemonSet to be ready (${live}/${wanted} Pods ready)`,
              ...podReasons(pods.filter((pod) => ownedBy(pod, object))),
          );
}

function judgeJob(object: JsonObject, { pods }: Surroundings): Readiness {
    const failed = conditionOf(object, "Failed");
    if (failed?.status === "True") {
        return { ready: false, failed: true, reasons: [conditionText(failed)] };
    }
    return conditionOf(object, "Complete")?.status === "True"
        ? ready
        : waiting("Waiting for Job to complete", ...podReasons(pods.filter((pod) => ownedBy(pod, object))));
}

function judgePod(object: JsonObject): Readiness {
    const { phase } = statusOf(object);
    return phase === "Succeeded" || (phase === "Running" && conditionOf(object, "Ready")?.status === "True")
        ? ready
        : waiting("Waiting for Pod to be ready", ...podReasons([object]));
}

function judgeIngress(object: JsonObject): Readiness {
    const balancer = statusOf(object).loadBalancer as JsonObject | undefined;
    return ((balancer?.ingress as unknown[] | undefined) ?? []).length > 0
        ? ready
        : waiting("Ingress .status.loadBalancer field was not updated with a hostname/IP address");
}

function judgeService(object: JsonObject, { endpointsReady }: Surroundings): Readiness {
    const { type, clusterIP, selector } = specOf(object);
    if (type === "ExternalName" || clusterIP === "None" || selector === undefined) {
        return ready;
    }
    if (type === "LoadBalancer") {
        const balancer = statusOf(object).loadBalancer as JsonObject | undefined;
        if (((balancer?.ingress as unknown[] | undefined) ?? []).length === 0) {
            return waiting("Service was not allocated an IP address; does your cloud provider support this?");
        }
    }
    return endpointsReady ? ready : waiting("Service does not target any Pods that are ready");
}

function judgeQuota(object: JsonObject): Readiness {
    const same = JSON.stringify(specOf(object).hard) === JSON.stringify(statusOf(object).hard);
    return same ? ready : waiting("the quota controller has not taken over .spec.hard yet");
}

function judgeSecret(object: JsonObject): Readiness {
    const filled = Object.keys((object.data as JsonObject | undefined) ?? {}).length > 0;
    return object.type !== "kubernetes.io/service-account-token" || filled
        ? ready
        : waiting("the token controller has not filled in the token yet");
}

function phaseOf(...phases: string[]): Rule["judge"] {
    return (object) =>
        phases.includes(String(statusOf(object).phase)) ? ready : waiting(`its phase is ${statusOf(object).phase}`);
}

/** Why pods do not run: `[Pod x]: container c: [ImagePullBackOff] …`. */
export function podReasons(pods: readonly JsonObject[]): string[] {
    return pods.flatMap((pod) => {
        const name = String(metadataOf(pod).name);
        const unschedulable = conditionOf(pod, "PodScheduled");
        const statuses = (statusOf(pod).containerStatuses as JsonObject[] | undefined) ?? [];
        const containers = statuses.flatMap(({ name: container, state }) => {
            const { waiting: stuck, terminated } = (state as Record<string, JsonObject | undefined> | undefined) ?? {};
            const reason = stuck ?? (terminated?.exitCode === 0 ? undefined : terminated);
            const code = terminated === undefined ? "" : ` exit code ${String(terminated.exitCode)}`;
            return reason === undefined || reason.reason === "ContainerCreating"
                ? []
                : [
                      `[Pod ${name}]: container ${String(container)}: [${String(reason.reason)}]${code} ${String(reason.message ?? "")}`.trim(),
                  ];
        });
        return unschedulable?.status === "False" ? [`[Pod ${name}]: ${conditionText(unschedulable)}`] : containers;
    });
}

const specOf = (object: JsonObject) => (object.spec as JsonObject | undefined) ?? {};
const statusOf = (object: JsonObject) => (object.status as JsonObject | undefined) ?? {};

/** A condition of the object's status, or undefined. */
export function conditionOf(object: JsonObject, type: string): JsonObject | undefined {
    const conditions = (statusOf(object).conditions as JsonObject[] | undefined) ?? [];
    return conditions.find((condition) => condition.type === type);
}

const conditionText = (condition: JsonObject | undefined) =>
    `[${String(condition?.reason ?? condition?.type)}] ${String(condition?.message ?? "")}`.trim();

function ownedBy(object: JsonObject, owner: JsonObject): boolean {
    const owners = (metadataOf(object).ownerReferences as JsonObject[] | undefined) ?? [];
    return owners.some(({ uid }) => uid === metadataOf(owner).uid);
}
