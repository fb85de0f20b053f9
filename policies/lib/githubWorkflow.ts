import { at, entries, isObject, items, type Properties, type Value } from "./resource.js";

export interface GitHubJob {
    readonly id: string;
    readonly job: Properties;
    readonly steps: readonly GitHubStep[];
}

export interface GitHubStep {
    /** Words for messages: job and name or position. */
    readonly place: string;
    readonly step: Properties;
}

/** Jobs of a GitHub workflow, with their steps. */
export function jobsOf(workflow: Value): GitHubJob[] {
    return entries(at(workflow, "jobs")).flatMap(([id, job]) => {
        if (!isObject(job)) return [];
        const steps = items(job.steps).flatMap((step, i) =>
            isObject(step) ? [{ place: `job ${id}, step ${label(step, i)}`, step }] : [],
        );
        return [{ id, job, steps }];
    });
}

function label(step: Properties, index: number): string {
    return typeof step.name === "string" ? `"${step.name}"` : String(index + 1);
}

/** Text of the expressions `${{ … }}` in a text. */
export function expressionsIn(text: string): string[] {
    return [...text.matchAll(/\$\{\{(.*?)\}\}/gs)].map(([, inner = ""]) => inner.trim());
}

/** Scripts of a step: shell, and JavaScript of github-script. */
export function scriptsOf({ step }: GitHubStep): string[] {
    return [step.run, at(step, "with", "script")].filter((script) => typeof script === "string");
}
