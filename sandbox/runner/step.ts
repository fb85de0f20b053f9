import { mkdirSync } from "node:fs";
import { resolve as resolvePath } from "node:path";
import { type ActionContext, runAction } from "./actions.js";
import { isTrue } from "./expressions.js";
import type { Masks } from "./masks.js";
import { runScript } from "./script.js";
import { type Evaluate, resolve, textOf, textsOf } from "./template.js";
import type { StepDefinition } from "./workflow.js";

export type Conclusion = "success" | "failure" | "skipped";

export interface StepResult {
    readonly name: string;
    /** With `continue-on-error`, success although the outcome was a failure. */
    readonly conclusion: Conclusion;
    /** What it printed, secrets masked. */
    readonly log: string;
}

/** What one step leaves for the rest of its job. */
export interface StepEffects {
    readonly outcome: Conclusion;
    readonly outputs: Record<string, string>;
    readonly env: Record<string, string>;
    readonly path: readonly string[];
}

export interface StepContext {
    /** An evaluator that sees these variables as `env`. */
    readonly evaluateWith: (env: Readonly<Record<string, string>>) => Evaluate;
    /** What the workflow, the job and earlier steps have set. */
    readonly jobEnv: Readonly<Record<string, string>>;
    readonly machineEnv: Readonly<Record<string, string>>;
    readonly masks: Masks;
    readonly temporary: string;
    readonly action: Omit<ActionContext, "inputs" | "print">;
    readonly onLine?: (line: string) => void;
}

const MINUTE = 60_000;
/** GitHub's default for a job, and so the most that a step can have. */
const DEFAULT_MINUTES = 360;

/** Runs one step. A mistake in the step is its failure, with the reason in the log. */
export async function runStep(
    step: StepDefinition,
    context: StepContext,
): Promise<{ readonly result: StepResult; readonly effects: StepEffects }> {
    const { masks } = context;
    const log: string[] = [];
    const print = (line: string) => {
        const masked = masks.apply(line);
        log.push(masked);
        context.onLine?.(masked);
    };
    let effects: StepEffects;
    let tolerated = false;
    try {
        const set = { ...context.jobEnv, ...textsOf(step.env, context.evaluateWith(context.jobEnv)) };
        const evaluate = context.evaluateWith(set);
        tolerated = isTrue(resolve(step.continueOnError ?? false, evaluate));
        const skipped = !isTrue(evaluate(step.if));
        effects = skipped ? effectsOf("skipped") : await execute(step, { ...context, evaluate, set }, print);
    } catch (error) {
        print(`Error: ${error instanceof Error ? error.message : String(error)}`);
        effects = effectsOf("failure");
    }
    const conclusion = effects.outcome === "failure" && tolerated ? "success" : effects.outcome;
    return { result: { name: masks.apply(step.name), conclusion, log: log.join("\n") }, effects };
}

async function execute(
    step: StepDefinition,
    context: StepContext & { readonly evaluate: Evaluate; readonly set: Readonly<Record<string, string>> },
    print: (line: string) => void,
): Promise<StepEffects> {
    const { evaluate, action, set } = context;
    if (step.uses !== undefined) {
        const inputs = textsOf(step.with, evaluate);
        return effectsOf("success", { outputs: await runAction(step.uses, { ...action, inputs, print }) });
    }
    const directory = resolvePath(action.workspace, textOf(resolve(step.workingDirectory ?? ".", evaluate)));
    mkdirSync(action.workspace, { recursive: true });
    const result = await runScript({
        script: textOf(resolve(step.run ?? "", evaluate)),
        shell: step.shell,
        env: { ...context.machineEnv, ...set },
        workingDirectory: directory,
        temporary: context.temporary,
        timeoutMs: Number(resolve(step.timeoutMinutes ?? DEFAULT_MINUTES, evaluate)) * MINUTE,
        print,
        mask: (value) => context.masks.add(value),
    });
    return effectsOf(result.succeeded ? "success" : "failure", result);
}

function effectsOf(outcome: Conclusion, found: Partial<StepEffects> = {}): StepEffects {
    return { outcome, outputs: found.outputs ?? {}, env: found.env ?? {}, path: found.path ?? [] };
}
