import { homedir } from "node:os";
import type { BuildAndPush } from "./actions.js";
import { type Contexts, loadEvaluator } from "./expressions.js";
import { type JobContext, type JobResult, type Needed, runJob } from "./job.js";
import { Masks } from "./masks.js";
import { sourceOf } from "./source.js";
import { starts } from "./triggers.js";
import { type JobDefinition, parse } from "./workflow.js";

export interface RunOptions {
    /** `http://127.0.0.1:18300/api/v3` */
    readonly apiUrl: string;
    /** Of an administrator of the repository; in the run it is also `secrets.GITHUB_TOKEN`. */
    readonly token: string;
    /** `owner/name` */
    readonly repository: string;
    readonly sha: string;
    /** Path of the workflow file. */
    readonly workflow: string;
    /** @default "refs/heads/main" */
    readonly ref?: string;
    /** @default "push" */
    readonly event?: "push" | "workflow_dispatch";
    /** @default what the double of GitHub holds for the repository */
    readonly secrets?: Readonly<Record<string, string>>;
    /** @default the repository's Actions variables */
    readonly variables?: Readonly<Record<string, string>>;
    /** Does what `docker/build-push-action` would do. */
    readonly buildAndPush: BuildAndPush;
    /** Environment of the machine beside CI and GITHUB_*. @default PATH and HOME of this process */
    readonly machine?: Readonly<Record<string, string>>;
    /** Each line as it is printed, secrets masked. */
    readonly onLine?: (line: string) => void;
}

export interface RunResult {
    /** `skipped` also when the event does not start the workflow; then there are no jobs. */
    readonly conclusion: "success" | "failure" | "skipped";
    readonly jobs: readonly JobResult[];
}

/**
 * Runs a workflow file as it stands on GitHub at a commit, as a hosted Linux runner would: one job after the other.
 *
 * @throws Error when GitHub does not answer, or the file is no workflow or holds what is not run here
 */
export async function runWorkflow(options: RunOptions): Promise<RunResult> {
    const { ref = "refs/heads/main", event = "push" } = options;
    const source = sourceOf(options);
    const definition = await parse(options.workflow, await source.file(options.workflow));
    const commit = await source.commit();
    const happening = { event, ref, commitMessage: commit.message, changedFiles: commit.files };
    if (!starts(definition.on, happening)) return { conclusion: "skipped", jobs: [] };

    const secrets = { ...(options.secrets ?? (await source.secrets())), GITHUB_TOKEN: options.token };
    const contexts: Contexts = {
        github: { ...githubContext(options, ref, event), workflow: definition.name },
        vars: options.variables ?? (await source.variables()),
        secrets,
        inputs: {},
    };
    const machine = options.machine ?? { PATH: process.env.PATH ?? "/usr/bin:/bin", HOME: homedir() };
    const context: Omit<JobContext, "needs"> = {
        evaluator: await loadEvaluator(),
        contexts,
        machine,
        workflowEnv: definition.env,
        masks: new Masks(Object.values(secrets)),
        checkout: source.checkout,
        buildAndPush: options.buildAndPush,
        onLine: options.onLine,
    };
    return runJobs(definition.jobs, context);
}

async function runJobs(jobs: readonly JobDefinition[], context: Omit<JobContext, "needs">): Promise<RunResult> {
    const done = new Map<string, Needed>();
    const results = new Map<string, JobResult>();
    const waiting = new Set(jobs);
    while (waiting.size > 0) {
        // The parser has refused needs that are unknown or go in a circle, so there is always a next one.
        const job = [...waiting].find((candidate) => candidate.needs.every((need) => done.has(need)));
        if (!job) throw new Error(`jobs that wait for each other: ${[...waiting].map((each) => each.id).join(", ")}`);
        waiting.delete(job);
        const needs = Object.fromEntries(job.needs.map((need) => [need, done.get(need) as Needed]));
        const { result, needed } = await runJob(job, { ...context, needs });
        done.set(job.id, needed);
        results.set(job.id, result);
    }
    const ordered = jobs.map((job) => results.get(job.id) as JobResult);
    const conclusions = ordered.map((job) => job.conclusion);
    const conclusion = conclusions.includes("failure")
        ? "failure"
        : conclusions.every((each) => each === "skipped")
          ? "skipped"
          : "success";
    return { conclusion, jobs: ordered };
}

function githubContext(options: RunOptions, ref: string, event: string): Record<string, string> {
    const [owner = ""] = options.repository.split("/");
    return {
        actor: owner,
        api_url: options.apiUrl,
        event_name: event,
        ref,
        ref_name: ref.replace(/^refs\/(heads|tags)\//, ""),
        ref_type: ref.startsWith("refs/tags/") ? "tag" : "branch",
        repository: options.repository,
        repository_owner: owner,
        run_attempt: "1",
        // As on GitHub, no two runs have the same.
        run_id: String(Date.now()),
        run_number: "1",
        server_url: new URL(options.apiUrl).origin,
        sha: options.sha,
        token: options.token,
    };
}
