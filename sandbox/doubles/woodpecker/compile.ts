import { ciVariables } from "./environment.js";
import type { Libs } from "./libs.js";
import { LibraryError } from "./libs.js";
import { lint } from "./lint.js";
import type { Event, Pipeline, PipelineError, Repo, StepType } from "./model.js";
import { environmentVariables, pluginVariables } from "./params.js";
import type { PipelineSecret } from "./secretService.js";
import type { Settings } from "./settings.js";
import { stages } from "./stages.js";
import { matchWhen, runsOnFailure, runsOnSuccess, type Subject } from "./when.js";
import { type Dependency, isPlugin, readWorkflow, type StepDefinition, type WorkflowDefinition } from "./workflow.js";

/** A step with everything that is decided before it runs. */
export interface CompiledStep {
    readonly name: string;
    readonly type: StepType;
    readonly image: string;
    readonly commands: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly failure: "fail" | "ignore" | "cancel";
    readonly onSuccess: boolean;
    readonly onFailure: boolean;
    readonly serviceAccountName: string | undefined;
}

export interface CompiledWorkflow {
    readonly name: string;
    readonly pid: number;
    /** Run one after the other; the steps of one stage run at the same time. */
    readonly stages: readonly (readonly CompiledStep[])[];
    readonly dependsOn: readonly string[];
    readonly runsOn: readonly string[];
    readonly concurrency: { readonly limit: number; readonly group: string };
    /** Values that must not appear in logs. */
    readonly masked: readonly string[];
}

/** What is known about a pipeline when its files are compiled. */
export interface CompileInput {
    readonly settings: Settings;
    readonly libs: Libs;
    readonly repo: Repo;
    readonly pipeline: Pipeline;
    readonly previous: Pipeline | undefined;
    /** Of all levels; where names collide (in lower case) the last one wins. */
    readonly secrets: readonly PipelineSecret[];
    /** Extra variables: those of the request, overridden by those of the pipeline. */
    readonly variables: Readonly<Record<string, string>>;
    readonly files: readonly { readonly name: string; readonly text: string }[];
}

/** The workflows that run, or nothing but errors where one of the files is broken. */
export interface Compiled {
    readonly workflows: readonly CompiledWorkflow[];
    readonly errors: readonly PipelineError[];
    readonly blocked: boolean;
}

/** Compiles every file; the first blocking error of any of them stops the whole pipeline. */
export async function compile(input: CompileInput): Promise<Compiled> {
    const items: Item[] = [];
    const warnings: PipelineError[] = [];
    const files = [...input.files].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const file of files) {
        const outcome = await compileFile(input, file, items.length + 1);
        if (outcome.errors.some(({ is_warning: isWarning }) => !isWarning)) {
            return { workflows: [], errors: outcome.errors, blocked: true };
        }
        if (!outcome.item) continue;
        warnings.push(...outcome.errors);
        items.push(outcome.item);
    }
    return { workflows: withoutMissingDependencies(items), errors: warnings, blocked: false };
}

type Item = Omit<CompiledWorkflow, "dependsOn"> & { readonly dependsOn: readonly Dependency[] };

interface Outcome {
    readonly item?: Item;
    readonly errors: readonly PipelineError[];
}

async function compileFile(
    input: CompileInput,
    file: { readonly name: string; readonly text: string },
    pid: number,
): Promise<Outcome> {
    const { settings, libs, repo, pipeline } = input;
    const ci = ciVariables(settings, repo, pipeline, input.previous, { name: file.name, number: pid });
    const variables = { ...input.variables, ...ci };
    let findings: readonly PipelineError[] = [];
    try {
        const substituted = await libs.substitute(file.text, variables);
        const workflow = await parse(libs, substituted);
        const raw = await libs.yaml(file.text);
        findings = lint(workflow, file.text, raw, file.name, repo.trusted, settings.privilegedPlugins);
        if (findings.some(({ is_warning: isWarning }) => !isWarning)) return { errors: findings };
        const subject: Subject = { pipeline, repo, instance: new URL(settings.host).host, variables };
        const matched = await matchWhen(libs, workflow.when, subject);
        if (!matched.matches) return { errors: [] };
        const compiledStages = await compileSteps(input, workflow, subject);
        if (compiledStages.length === 0) return { errors: [] };
        const both = runsOnFailure(matched) ? ["failure", "success"] : [];
        const item: Item = {
            name: file.name,
            pid,
            stages: compiledStages,
            dependsOn: workflow.dependsOn,
            runsOn: [...new Set([...workflow.runsOn, ...both])],
            concurrency: workflow.concurrency,
            masked: input.secrets.map(({ hidden }) => hidden.value),
        };
        return { item, errors: findings };
    } catch (error) {
        if (error instanceof LibraryError && error.panicked) throw error;
        const warnings = findings.filter(({ is_warning: isWarning }) => isWarning);
        return { errors: [...warnings, asPipelineError(error)] };
    }
}

/** The YAML is a compiler error; whatever else goes wrong is a generic one. */
class ParseError extends Error {}

async function parse(libs: Libs, text: string): Promise<WorkflowDefinition> {
    try {
        return readWorkflow(await libs.yaml(text));
    } catch (error) {
        throw new ParseError((error as Error).message);
    }
}

function asPipelineError(error: unknown): PipelineError {
    const type = error instanceof ParseError ? "compiler" : "generic";
    return { type, message: (error as Error).message, is_warning: false, data: null };
}

async function compileSteps(
    input: CompileInput,
    workflow: WorkflowDefinition,
    subject: Subject,
): Promise<readonly (readonly CompiledStep[])[]> {
    const running: { definition: StepDefinition; step: CompiledStep }[] = [];
    for (const definition of workflow.steps) {
        const matched = await matchWhen(input.libs, definition.when, subject);
        if (!matched.matches) continue;
        const secret = secretsFor(input.secrets, input.pipeline.event, definition);
        running.push({
            definition,
            step: {
                name: definition.name,
                type: isPlugin(definition) ? "plugin" : "commands",
                image: definition.image,
                commands: definition.commands,
                environment: {
                    ...subject.variables,
                    ...pluginVariables(definition.settings, secret),
                    ...environmentVariables(definition.environment, secret),
                },
                failure: definition.failure,
                onSuccess: runsOnSuccess(definition.when, matched),
                onFailure: runsOnFailure(matched),
                serviceAccountName: definition.serviceAccountName,
            },
        });
    }
    const ordered = stages(running, workflow.steps);
    // As on the real server a workflow all of whose steps are filtered out still clones, unless told not to.
    return workflow.skipClone ? ordered : [[cloneStep(subject.variables)], ...ordered];
}

function cloneStep(environment: Readonly<Record<string, string>>): CompiledStep {
    return {
        name: "clone",
        type: "clone",
        image: "docker.io/woodpeckerci/plugin-git",
        commands: [],
        environment: { ...environment, PLUGIN_DEPTH: "0" },
        failure: "fail",
        onSuccess: true,
        onFailure: false,
        serviceAccountName: undefined,
    };
}

/** Looks up secrets by their lower-case name, for one step and event. */
function secretsFor(secrets: readonly PipelineSecret[], event: Event, step: StepDefinition): (name: string) => string {
    return (given) => {
        const name = given.toLowerCase();
        const secret = secrets.findLast((candidate) => candidate.name.toLowerCase() === name);
        if (!secret) throw new Error(`secret "${name}" not found`);
        const images = secret.images ?? [];
        if (images.length > 0 && !isPlugin(step)) {
            throw new Error(
                `secret "${secret.name}" is only allowed to be used by plugins (a filter has been set on the secret). Note: Image filters do not work for normal steps`,
            );
        }
        if (images.length > 0 && !images.some((image) => matchesImage(step.image, image))) {
            throw new Error(
                `secret "${secret.name}" is not allowed to be used with image "${step.image}" by step "${step.name}"`,
            );
        }
        const effective = event.startsWith("pull_request") ? "pull_request" : event;
        if (secret.events.length > 0 && !secret.events.includes(effective)) {
            throw new Error(`secret "${secret.name}" is not allowed to be used with pipeline event "${event}"`);
        }
        return secret.hidden.value;
    };
}

/** An allowed image without a tag allows every tag. */
function matchesImage(image: string, allowed: string): boolean {
    const full = (name: string): string =>
        name.replace(/^(docker\.io|index\.docker\.io)\//, "").replace(/^library\//, "");
    const withoutTag = (name: string): string => name.replace(/(@sha256:.*|:[^/]*)$/, "");
    const [given, wanted] = [full(image), full(allowed)];
    return wanted === withoutTag(wanted) ? withoutTag(given) === wanted : given === wanted;
}

/** Drops workflows that need one that does not run, until all needs are met. */
function withoutMissingDependencies(items: readonly Item[]): CompiledWorkflow[] {
    const present = (list: readonly Item[], { name }: Dependency): boolean => list.some((item) => item.name === name);
    const kept = items.filter(({ dependsOn }) =>
        dependsOn.every((dependency) => dependency.optional || present(items, dependency)),
    );
    if (kept.length < items.length) return withoutMissingDependencies(kept);
    return kept.map((item) => ({
        ...item,
        dependsOn: item.dependsOn.filter((dependency) => present(kept, dependency)).map(({ name }) => name),
    }));
}
