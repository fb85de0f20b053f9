import { setTimeout as sleep } from "node:timers/promises";
import type { V1CronJob, V1Job, V1Pod } from "@kubernetes/client-node";
import { PlainError } from "../../jobs/lib/errors.js";
import type { Kubernetes } from "./kubernetes.js";

/** How a run ended. */
export interface JobEnd {
    /** `namespace/name`. */
    readonly job: string;
    /** Of the program; 1 when it never ran. */
    readonly exitCode: number;
    /** Why it did not end by itself, e.g. `DeadlineExceeded`. */
    readonly reason?: string;
    /** The line of JSON that sums the run up, where it wrote one. */
    readonly summary?: unknown;
}

interface Place {
    readonly namespace: string;
    readonly name: string;
}

const POLL_MS = 500;
/** How long an image may be impossible to pull: one failure may be a passing one. */
const PULL_PATIENCE_MS = 30_000;
/** A pod that never starts; the Job's own deadline is what ends it. */
const STUCK = new Set(["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError"]);

/**
 * Starts a Job from a CronJob, as `kubectl create job --from` does, and follows it to its end.
 *
 * @param say gets the program's log, line by line
 * @throws PlainError when there is no such CronJob, a run of it is under way, or its pod cannot start
 */
export async function runJobNow(cluster: Kubernetes, place: Place, say: (line: string) => void): Promise<JobEnd> {
    const { namespace, name } = place;
    const what = `CronJob ${namespace}/${name}`;
    const cronJob = await cluster.find(what, () => cluster.batch.readNamespacedCronJob({ namespace, name }));
    if (!cronJob) throw new PlainError(`${what} does not exist; pulumi up declares it`);
    await refuseOverlap(cluster, cronJob, what);
    const body = jobOf(cronJob, Date.now());
    const job = body.metadata?.name ?? "";
    await cluster.ask(`Job ${namespace}/${job}`, () => cluster.batch.createNamespacedJob({ namespace, body }));
    return follow(cluster, { namespace, name: job }, say);
}

/** A Job as the CronJob's schedule would make it, with a mark that somebody asked for it. */
export function jobOf({ metadata, spec }: V1CronJob, now: number): V1Job {
    const name = metadata?.name ?? "";
    const { metadata: template = {}, spec: jobSpec } = spec?.jobTemplate ?? {};
    return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: {
            name: `${name.slice(0, 45)}-now-${now.toString(36)}`,
            labels: template.labels,
            annotations: { ...template.annotations, "cronjob.kubernetes.io/instantiate": "manual" },
            // The CronJob's history limits count it and remove it.
            ownerReferences: [
                { apiVersion: "batch/v1", kind: "CronJob", name, uid: metadata?.uid ?? "", controller: true },
            ],
        },
        spec: jobSpec,
    };
}

/** The CronJob's `concurrencyPolicy: Forbid` is kept by its schedule only. */
async function refuseOverlap(cluster: Kubernetes, { metadata }: V1CronJob, what: string): Promise<void> {
    const namespace = metadata?.namespace ?? "";
    const { items } = await cluster.ask(what, () => cluster.batch.listNamespacedJob({ namespace }));
    const own = items.filter((job) => job.metadata?.ownerReferences?.some(({ uid }) => uid === metadata?.uid));
    const running = own.find((job) => endOf(job) === undefined);
    if (!running) return;
    const name = running.metadata?.name;
    throw new PlainError(`A run of ${what} is under way; wait for it: kubectl -n ${namespace} logs -f job/${name}`);
}

async function follow(cluster: Kubernetes, { namespace, name }: Place, say: (line: string) => void): Promise<JobEnd> {
    const what = `Job ${namespace}/${name}`;
    const log = new GrowingLog(say);
    let stuckSince: number | undefined;
    for (;;) {
        // Before the pod: of a Job that is over nothing changes any more.
        const job = await cluster.ask(what, () => cluster.batch.readNamespacedJob({ namespace, name }));
        const end = endOf(job);
        const pods = await cluster.ask(what, () =>
            cluster.core.listNamespacedPod({ namespace, labelSelector: `batch.kubernetes.io/job-name=${name}` }),
        );
        const pod = pods.items[0];
        if (pod && hasStarted(pod)) log.take(await readLog(cluster, pod));
        if (end) {
            log.finish();
            const reason = end.type === "Failed" ? end.reason : undefined;
            return {
                job: `${namespace}/${name}`,
                exitCode: end.type === "Complete" ? 0 : exitCodeOf(pod) || 1,
                ...(reason && reason !== "BackoffLimitExceeded" && { reason }),
                ...(log.summary !== undefined && { summary: log.summary }),
            };
        }
        const stuck = pod && stuckReason(pod);
        stuckSince = stuck ? (stuckSince ?? Date.now()) : undefined;
        if (stuck && stuckSince !== undefined && Date.now() - stuckSince > PULL_PATIENCE_MS) {
            throw new PlainError(
                `${what}: its pod does not start, ${stuck}; remove it with: kubectl -n ${namespace} delete job ${name}`,
            );
        }
        await sleep(POLL_MS);
    }
}

function endOf({ status }: V1Job) {
    return status?.conditions?.find(({ type, status }) => ["Complete", "Failed"].includes(type) && status === "True");
}

const statusesOf = (pod: V1Pod) => pod.status?.containerStatuses ?? [];
const hasStarted = (pod: V1Pod) => statusesOf(pod).some(({ state }) => state?.running || state?.terminated);
const exitCodeOf = (pod: V1Pod | undefined) =>
    pod &&
    statusesOf(pod)
        .map(({ state }) => state?.terminated?.exitCode)
        .find((code) => code !== undefined);

function stuckReason(pod: V1Pod): string | undefined {
    const waiting = statusesOf(pod)
        .map(({ state }) => state?.waiting)
        .find((w) => w && STUCK.has(w.reason ?? ""));
    return waiting && [waiting.reason, waiting.message].filter(Boolean).join(": ");
}

/** The whole log so far; nothing while the node has none to give. */
async function readLog(cluster: Kubernetes, { metadata }: V1Pod): Promise<string> {
    const { namespace = "", name = "" } = metadata ?? {};
    return (await cluster.core.readNamespacedPodLog({ namespace, name }).catch(() => "")) ?? "";
}

/** Passes each line of a log that is read again and again on once. */
export class GrowingLog {
    #said = 0;
    #text = "";
    /** The last line of JSON. */
    summary: unknown;

    constructor(private readonly say: (line: string) => void) {}

    /** @param text the whole log so far */
    take(text: string): void {
        // The node may give less than before while it turns the file over.
        if (text.length < this.#text.length) return;
        this.#text = text;
        const end = text.lastIndexOf("\n") + 1;
        if (end > this.#said) this.#pass(text.slice(this.#said, end - 1));
        this.#said = Math.max(end, this.#said);
    }

    /** The last line may have no newline. */
    finish(): void {
        if (this.#text.length > this.#said) this.#pass(this.#text.slice(this.#said));
        this.#said = this.#text.length;
    }

    #pass(lines: string): void {
        for (const line of lines.split("\n")) {
            const document = line.startsWith("{") ? parsed(line) : undefined;
            if (document === undefined) this.say(line);
            else this.summary = document;
        }
    }
}

function parsed(line: string): unknown {
    try {
        return JSON.parse(line);
    } catch {
        return undefined;
    }
}
