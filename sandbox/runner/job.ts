import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { BuildAndPush, Login } from "./actions.js";
import { type Contexts, type Evaluator, isTrue, type Standing } from "./expressions.js";
import type { Masks } from "./masks.js";
import { type Conclusion, runStep, type StepResult } from "./step.js";
import { resolve, textOf, textsOf, type Value } from "./template.js";
import type { JobDefinition } from "./workflow.js";

export interface JobResult {
    readonly name: string;
    readonly conclusion: Conclusion;
    readonly steps: readonly StepResult[];
}

/** What later jobs see of one under `needs`. */
export interface Needed {
    readonly result: Conclusion;
    readonly outputs: Readonly<Record<string, string>>;
}

export interface JobContext {
    readonly evaluator: Evaluator;
    /** `github`, `vars`, `secrets`, `inputs`: the same for all jobs. */
    readonly contexts: Contexts;
    readonly needs: Readonly<Record<string, Needed>>;
    /** Of the machine: PATH, HOME and the like. */
    readonly machine: Readonly<Record<string, string>>;
    /** The workflow's own `env`, unevaluated there and evaluated here. */
    readonly workflowEnv: JobDefinition["env"];
    readonly masks: Masks;
    readonly checkout: (directory: string) => Promise<void>;
    readonly buildAndPush: BuildAndPush;
    readonly onLine?: (line: string) => void;
}

type StepsContext = Record<string, { outputs: Record<string, string>; outcome: Conclusion; conclusion: Conclusion }>;

export async function runJob(
    job: JobDefinition,
    context: JobContext,
): Promise<{ readonly result: JobResult; readonly needed: Needed }> {
    const needs = Object.values(context.needs);
    const standing: Standing = {
        success: needs.every((need) => need.result === "success"),
        failure: needs.some((need) => need.result === "failure"),
    };
    const contexts: Contexts = { ...context.contexts, needs: context.needs as unknown as Value };
    const evaluate = (expression: string) => context.evaluator(expression, contexts, standing);
    const name = textOf(resolve(job.name, evaluate));
    if (!isTrue(evaluate(job.if))) {
        return { result: { name, conclusion: "skipped", steps: [] }, needed: { result: "skipped", outputs: {} } };
    }
    const directory = mkdtempSync(join(tmpdir(), "runner-"));
    try {
        return await runSteps(job, name, directory, { ...context, contexts });
    } finally {
        rmSync(directory, { recursive: true, force: true });
    }
}

async function runSteps(
    job: JobDefinition,
    name: string,
    directory: string,
    context: JobContext,
): Promise<{ readonly result: JobResult; readonly needed: Needed }> {
    const workspace = join(directory, "work");
    const temporary = join(directory, "temp");
    mkdirSync(workspace);
    mkdirSync(temporary);
    const github = { ...(context.contexts.github as Record<string, Value>), workspace, job: job.id };
    const steps: StepsContext = {};
    const logins: Login[] = [];
    const results: StepResult[] = [];
    let failed = false;
    let path: readonly string[] = [];

    const contextsWith = (env: Readonly<Record<string, string>>): Contexts => ({
        ...context.contexts,
        github,
        env,
        steps: steps as unknown as Value,
        job: { status: failed ? "failure" : "success" },
        runner: { os: "Linux", arch: "X64", temp: temporary },
        matrix: null,
        strategy: null,
    });
    const evaluateWith = (env: Readonly<Record<string, string>>) => (expression: string) =>
        context.evaluator(expression, contextsWith(env), { success: !failed, failure: failed });

    let env = textsOf(context.workflowEnv, evaluateWith({}));
    env = { ...env, ...textsOf(job.env, evaluateWith(env)) };
    for (const step of job.steps) {
        const machinePath = [...path, context.machine.PATH].filter(Boolean).join(delimiter);
        const { result, effects } = await runStep(step, {
            evaluateWith,
            jobEnv: env,
            machineEnv: { ...context.machine, ...githubEnv(github), PATH: machinePath, RUNNER_TEMP: temporary },
            masks: context.masks,
            temporary,
            action: { workspace, logins, checkout: context.checkout, buildAndPush: context.buildAndPush },
            onLine: context.onLine,
        });
        results.push(result);
        steps[step.id] = { outputs: effects.outputs, outcome: effects.outcome, conclusion: result.conclusion };
        env = { ...env, ...effects.env };
        path = [...[...effects.path].reverse(), ...path];
        failed ||= result.conclusion === "failure";
    }
    const conclusion = failed ? "failure" : "success";
    const outputs = textsOf(job.outputs, evaluateWith(env));
    return { result: { name, conclusion, steps: results }, needed: { result: conclusion, outputs } };
}

/** `GITHUB_SHA` and its kin, from the `github` context. */
function githubEnv(github: Readonly<Record<string, Value>>): Record<string, string> {
    const names = [
        ...["actor", "api_url", "event_name", "job", "ref", "ref_name", "ref_type", "repository", "repository_owner"],
        ...["run_attempt", "run_id", "run_number", "server_url", "sha", "workflow", "workspace"],
    ];
    const entries = names.map((name) => [`GITHUB_${name.toUpperCase()}`, textOf(github[name])]);
    return {
        CI: "true",
        GITHUB_ACTIONS: "true",
        RUNNER_OS: "Linux",
        RUNNER_ARCH: "X64",
        ...Object.fromEntries(entries),
    };
}
