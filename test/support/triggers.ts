import type { Workflow, WorkflowFilter } from "../../components/woodpecker/workflow.js";
import type { WoodpeckerLibs } from "./woodpeckerLibs.js";

/** What a pipeline is started with. */
export interface Start {
    readonly event: string;
    /** @default "main" */
    readonly branch?: string;
    /** Files that a push touches. */
    readonly changed?: readonly string[];
    /** Name of the cron. */
    readonly cron?: string;
    readonly variables?: Readonly<Record<string, string>>;
}

/** What Woodpecker makes of a generated file, whose commit begins with what a careless YAML reader takes for a number. */
export function readWorkflow(libs: WoodpeckerLibs, text: string): Workflow {
    return libs.read(text, { CI_COMMIT_SHA: commit }) as Workflow;
}

export const commit = "12345e10aaaabbbbccccddddeeeeffff00001111";

/** Names of the workflows that a start runs; expressions, globs, substitution and YAML are Woodpecker's own. */
export function fired(
    libs: WoodpeckerLibs,
    files: readonly { readonly path: string; readonly content: string }[],
    { event, branch = "main", changed = [], cron = "", variables = {} }: Start,
): string[] {
    // A commit that touches nothing touches everything, unless a filter says otherwise.
    const touches = (path: WorkflowFilter["path"]) =>
        path === undefined ||
        (changed.length === 0 ? path.on_empty !== false : changed.some((file) => libs.matches(path.include, file)));
    const holds = (filter: WorkflowFilter) =>
        [filter.event].flat().includes(event as never) &&
        (filter.branch === undefined || libs.matches(filter.branch, branch)) &&
        (event !== "cron" || filter.cron === undefined || libs.matches([filter.cron], cron)) &&
        (event !== "push" || touches(filter.path)) &&
        (filter.evaluate === undefined || libs.evaluate(filter.evaluate, { CI_PIPELINE_EVENT: event, ...variables }));
    return files
        .filter((file) => readWorkflow(libs, file.content).when.some(holds))
        .map((file) => file.path.replace(/^\.woodpecker\/|\.yml$/g, ""));
}
