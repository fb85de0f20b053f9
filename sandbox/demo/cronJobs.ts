import { setTimeout as sleep } from "node:timers/promises";
import { BatchV1Api, KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../lib/errors.js";
import { run } from "../lib/run.js";
import { runPod } from "../pods/runPod.js";

/** How one run of a CronJob ended. */
export interface JobRun {
    readonly namespace: string;
    readonly name: string;
    readonly succeeded: boolean;
    /** The program's summary: the last line of JSON in its log, which mixes both of its streams. */
    readonly summary: string;
}

/** A job of the pipeline is done in seconds; a pod that cannot start never is. */
const longestRunSeconds = 120;

type Environment = Readonly<Record<string, string>>;

interface CronJobList {
    readonly items: readonly { readonly metadata: { readonly namespace: string; readonly name: string } }[];
}

interface JobState {
    readonly status: { readonly succeeded?: number; readonly conditions?: readonly { readonly type: string }[] };
}

/** Runs every CronJob of the cluster once, now, as its schedule would. */
export async function runCronJobs(environment: Environment): Promise<JobRun[]> {
    const { items } = JSON.parse(
        await kubectl(["get", "cronjobs", "--all-namespaces", "--output", "json"], environment),
    ) as CronJobList;
    return Promise.all(items.map(({ metadata }) => runCronJob(metadata.namespace, metadata.name, environment)));
}

/** The same where pods are only simulated: each program as a process of this machine, as its pod template says. */
export async function runCronJobsHere(environment: Environment): Promise<JobRun[]> {
    const config = new KubeConfig();
    config.loadFromFile(environment.KUBECONFIG ?? "");
    const { items } = await config.makeApiClient(BatchV1Api).listCronJobForAllNamespaces();
    return Promise.all(
        items.map(async ({ metadata, spec }) => {
            const [namespace = "", name = ""] = [metadata?.namespace, metadata?.name];
            const { template, completions = 1, completionMode } = spec?.jobTemplate.spec ?? { template: {} };
            const indexes = completionMode === "Indexed" ? Array.from({ length: completions }, (_, i) => i) : [0];
            const ended = await Promise.all(
                indexes.map((index) =>
                    runPod({
                        namespace,
                        template,
                        config,
                        limitSeconds: longestRunSeconds,
                        ...(completionMode === "Indexed" && { environment: { JOB_COMPLETION_INDEX: String(index) } }),
                    }),
                ),
            );
            const output = ended.map((each) => each.output).join("\n");
            return {
                namespace,
                name,
                succeeded: ended.every(({ exitCode }) => exitCode === 0),
                summary: summaryIn(output),
            };
        }),
    );
}

/** Runs one CronJob now, by its own pod template, to its end. */
export async function runCronJob(namespace: string, name: string, environment: Environment): Promise<JobRun> {
    const job = `${name}-once-${Date.now().toString(36)}`;
    const inNamespace = (...args: string[]) => kubectl(["--namespace", namespace, ...args], environment);
    await inNamespace("create", "job", job, `--from=cronjob/${name}`);
    try {
        const succeeded = await ended(() => inNamespace("get", "job", job, "--output", "json"), `${namespace}/${name}`);
        return { namespace, name, succeeded, summary: summaryIn(await inNamespace("logs", `job/${job}`)) };
    } finally {
        await inNamespace("delete", "job", job, "--wait=false");
    }
}

function summaryIn(output: string): string {
    return output.split("\n").findLast((line) => line.startsWith("{")) ?? "";
}

async function ended(read: () => Promise<string>, what: string): Promise<boolean> {
    const deadline = Date.now() + longestRunSeconds * 1000;
    while (Date.now() < deadline) {
        const { status } = JSON.parse(await read()) as JobState;
        const isOver = status.conditions?.some(({ type }) => type === "Complete" || type === "Failed");
        if (isOver) return (status.succeeded ?? 0) > 0;
        await sleep(300);
    }
    throw new UserError(`The CronJob ${what} was started and has not ended after ${longestRunSeconds} s.`);
}

async function kubectl(args: readonly string[], environment: Environment): Promise<string> {
    return (await run("kubectl", args, { env: environment })).stdout;
}
