import type { CompiledStep } from "./compile.js";
import type { StepDefinition } from "./workflow.js";

interface Placed {
    readonly definition: StepDefinition;
    readonly step: CompiledStep;
}

/**
 * The order of the steps: one after the other, or, as soon as one of them says `depends_on`, everything at once that waits
 * for nothing any more.
 *
 * @param all every step of the file, filtered ones too, to tell an unknown dependency from a filtered one
 */
export function stages(
    running: readonly Placed[],
    all: readonly StepDefinition[],
): readonly (readonly CompiledStep[])[] {
    if (!running.some(({ definition }) => definition.dependsOn !== undefined)) return running.map(({ step }) => [step]);
    const names = new Set(running.map(({ step }) => step.name));
    const needs = new Map(running.map(({ definition }) => [definition.name, needsOf(definition, names, all)]));
    const done = new Set<string>();
    const result: CompiledStep[][] = [];
    while (done.size < running.length) {
        const ready = running.filter(
            ({ step }) => !done.has(step.name) && needs.get(step.name)?.every((name) => done.has(name)),
        );
        if (ready.length === 0) {
            const rest = running.map(({ step }) => step.name).filter((name) => !done.has(name));
            throw new Error(`cycle detected: [${rest.join(" ")}]`);
        }
        for (const { step } of ready) done.add(step.name);
        result.push(ready.map(({ step }) => step));
    }
    return result;
}

function needsOf(step: StepDefinition, running: ReadonlySet<string>, all: readonly StepDefinition[]): string[] {
    return (step.dependsOn ?? []).flatMap(({ name, optional }) => {
        if (running.has(name)) return [name];
        if (optional) return [];
        const filtered = all.some((other) => other.name === name);
        throw new Error(
            filtered
                ? `step '${step.name}' depends on step '${name}' which is filtered out by its conditions`
                : `step '${step.name}' depends on unknown step '${name}'`,
        );
    });
}
