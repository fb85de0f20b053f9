/** Waits until an object is ready or gone. */

import { setTimeout as sleep } from "node:timers/promises";
import type { EngineLog, ResourceCall } from "../provider/model.js";
import type { JsonObject } from "../provider/values.js";
import { ApiError, annotation, type KubernetesApi, metadataOf } from "./api.js";
import { conditionOf, type Readiness, type Rule, rules, type Surroundings } from "./readiness.js";

/** The object exists, but is not ready. */
export class NotReadyError extends Error {
    constructor(
        message: string,
        readonly object: JsonObject,
        readonly reasons: readonly string[],
    ) {
        super(message);
        this.name = "NotReadyError";
    }
}

const defaultTimeoutSeconds = 600;
/** Quick at first, since most objects are ready at once. */
const firstPause = 100;
const longestPause = 1000;

/**
 * Waits until the object is ready, and resolves with its live form.
 *
 * The annotations `pulumi.com/skipAwait`, `pulumi.com/timeoutSeconds` and `pulumi.com/waitFor` are those of `inputs`.
 *
 * @throws NotReadyError after the time limit, with the reasons of the last look
 */
export async function untilReady(
    api: KubernetesApi,
    inputs: JsonObject,
    live: JsonObject,
    call: ResourceCall,
    log: EngineLog,
): Promise<JsonObject> {
    const rule = ruleFor(inputs, live);
    if (rule === undefined) {
        return live;
    }
    const seconds = timeoutOf(inputs, call, rule.timeoutSeconds);
    const name = String(metadataOf(live).name);
    let object = live;
    let readiness: Readiness = { ready: false, reasons: [] };
    const over = await poll(seconds, call.cancelled, async () => {
        object = await api.send("GET", await api.path(live));
        readiness = await judge(api, rule, object);
        log.status(call.urn, readiness.reasons[0] ?? "");
        return readiness.ready || readiness.failed === true;
    });
    if (readiness.ready) {
        return object;
    }
    const message = readiness.failed
        ? `'${name}' failed`
        : over === "cancelled"
          ? `Resource operation was cancelled for "${name}"`
          : `'${name}' timed out waiting to be Ready (${seconds} s)`;
    throw new NotReadyError(message, object, readiness.reasons);
}

/** One look, for refresh. @throws NotReadyError */
export async function checkReady(api: KubernetesApi, inputs: JsonObject, live: JsonObject): Promise<void> {
    const rule = ruleFor(inputs, live);
    if (rule?.onRead !== true) {
        return;
    }
    const { ready, reasons } = await judge(api, rule, live);
    if (!ready) {
        const name = String(metadataOf(live).name);
        throw new NotReadyError(`Resource '${name}' was created but failed to initialize`, live, reasons);
    }
}

/** Kinds whose deletion `skipAwait` does not wait for. */
const skippable = new Set([
    "Namespace",
    "Pod",
    "ReplicationController",
    "DaemonSet",
    "Deployment",
    "StatefulSet",
    "Job",
]);

/** Waits until the object is gone, or another one of that name is there. */
export async function untilGone(api: KubernetesApi, object: JsonObject, inputs: JsonObject, call: ResourceCall) {
    if (annotation(inputs, "pulumi.com/skipAwait") === "true" && skippable.has(String(object.kind))) {
        return;
    }
    const seconds = timeoutOf(inputs, call);
    const path = await api.path(object);
    let live: JsonObject | undefined;
    const over = await poll(seconds, call.cancelled, async () => {
        live = await api.send("GET", path).catch((error: unknown) => {
            if (error instanceof ApiError && error.code === 404) {
                return undefined;
            }
            throw error;
        });
        return live === undefined || metadataOf(live).uid !== metadataOf(object).uid;
    });
    if (over !== "done" && live !== undefined) {
        const { finalizers } = metadataOf(live);
        const held = Array.isArray(finalizers) ? [`finalizers: ${finalizers.join(", ")}`] : [];
        const conditions = ["NamespaceContentRemaining", "NamespaceFinalizersRemaining"]
            .map((type) => conditionOf(live ?? {}, type))
            .flatMap((condition) => (condition?.status === "True" ? [String(condition.message)] : []));
        const name = String(metadataOf(object).name);
        throw new NotReadyError(`'${name}' timed out waiting to be deleted (${seconds} s)`, live, [
            ...held,
            ...conditions,
        ]);
    }
}

function ruleFor(inputs: JsonObject, live: JsonObject): Rule | undefined {
    if (annotation(inputs, "pulumi.com/skipAwait") === "true") {
        return undefined;
    }
    const waitFor = annotation(inputs, "pulumi.com/waitFor");
    return waitFor === undefined ? rules[`${String(live.apiVersion)}/${String(live.kind)}`] : conditionRule(waitFor);
}

/** `condition=Type` or `condition=Type=Status`, one or a JSON array of them. */
function conditionRule(text: string): Rule {
    const expressions = text.startsWith("[") ? (JSON.parse(text) as string[]) : [text];
    const conditions = expressions.map((expression) => {
        const match = /^condition=([^=]+)(?:=(.+))?$/.exec(expression);
        if (match === null) {
            throw new Error(`pulumi.com/waitFor: "${expression}" is not supported; use condition=<type>[=<status>]`);
        }
        return { type: match[1] ?? "", status: match[2] ?? "True" };
    });
    return {
        needs: [],
        onRead: false,
        judge: (object) => {
            const open = conditions.filter(({ type, status }) => conditionOf(object, type)?.status !== status);
            return {
                ready: open.length === 0,
                reasons: open.map(({ type, status }) => `Waiting for condition ${type}=${status}`),
            };
        },
    };
}

function timeoutOf(inputs: JsonObject, call: ResourceCall, fallback = defaultTimeoutSeconds): number {
    const annotated = Number.parseInt(annotation(inputs, "pulumi.com/timeoutSeconds") ?? "", 10);
    return call.timeoutSeconds ?? (Number.isNaN(annotated) ? fallback : annotated);
}

async function judge(api: KubernetesApi, rule: Rule, object: JsonObject): Promise<Readiness> {
    const listed = async (apiVersion: string, kind: string): Promise<JsonObject[]> => {
        const { namespace } = metadataOf(object);
        const answer = await api.send(
            "GET",
            await api.collection({ apiVersion, kind, metadata: { namespace } as JsonObject }),
        );
        return (answer.items as JsonObject[] | undefined) ?? [];
    };
    const surroundings: Surroundings = {
        replicaSets: rule.needs.includes("replicaSets") ? await listed("apps/v1", "ReplicaSet") : [],
        pods: rule.needs.includes("pods") ? await listed("v1", "Pod") : [],
        endpointsReady: rule.needs.includes("endpoints") && (await endpointsReady(api, object)),
    };
    return rule.judge(object, surroundings);
}

async function endpointsReady(api: KubernetesApi, service: JsonObject): Promise<boolean> {
    const endpoints = { apiVersion: "v1", kind: "Endpoints", metadata: metadataOf(service) };
    const live = await api.send("GET", await api.path(endpoints)).catch(() => undefined);
    const subsets = (live?.subsets as JsonObject[] | undefined) ?? [];
    return live !== undefined && subsets.every(({ notReadyAddresses }) => notReadyAddresses === undefined);
}

async function poll(
    seconds: number,
    cancelled: AbortSignal,
    look: () => Promise<boolean>,
): Promise<"done" | "late" | "cancelled"> {
    const end = Date.now() + seconds * 1000;
    for (let pause = firstPause; ; pause = Math.min(pause * 1.5, longestPause)) {
        if (await look()) {
            return "done";
        }
        if (cancelled.aborted) {
            return "cancelled";
        }
        const left = end - Date.now();
        if (left <= 0) {
            return "late";
        }
        await sleep(Math.min(pause, left), undefined, { signal: cancelled }).catch(() => {});
    }
}
