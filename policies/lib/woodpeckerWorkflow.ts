import { at, entries, isObject, items, listOf, type Properties, strings, type Value } from "./resource.js";

export interface WoodpeckerStep {
    readonly name: string;
    readonly step: Properties;
}

/** Steps, services and the clone of a Woodpecker workflow; each may be a list or a map. */
export function stepsOf(workflow: Value): WoodpeckerStep[] {
    return ["clone", "steps", "services"].flatMap((part) => {
        const block = at(workflow, part);
        const named: [string, Value][] = Array.isArray(block)
            ? items(block).map((step, i) => [String(at(step, "name") ?? i + 1), step])
            : entries(block);
        return named.flatMap(([name, step]) => (isObject(step) ? [{ name, step }] : []));
    });
}

/** One filter of `when`. */
export interface Filter {
    /** Undefined: every event. */
    readonly events?: readonly string[];
    readonly evaluate?: string;
    readonly filter: Properties;
}

/** Filters of a workflow, one of which must match; a workflow without `when` has one that always does. */
export function filtersOf(workflow: Value): Filter[] {
    const filters = listOf(at(workflow, "when"));
    const alone: readonly Value[] = filters.length === 0 ? [{}] : filters;
    return alone.filter(isObject).map((filter) => {
        const { event, evaluate } = filter;
        return {
            filter,
            ...(event !== undefined && { events: strings(event) }),
            ...(typeof evaluate === "string" && { evaluate }),
        };
    });
}

/** Whether a filter lets an event pass. */
export function accepts({ events }: Filter, event: string): boolean {
    return events === undefined || events.includes(event);
}

/**
 * Whether an expression can only be true where one of the comparisons is: each of its alternatives must hold one.
 *
 * An expression with `!` or `not` before a bracket is not understood and counts as unguarded.
 */
export function everyAlternative(expression: string, guard: (alternative: string) => boolean): boolean {
    if (/(?:!|\bnot)\s*\(/.test(expression)) return false;
    return expression.split(/\|\||\bor\b/).every(guard);
}

/** Whether an expression compares a variable of the run with a fixed text; those of the server (`CI_…`) are the same for every workflow. */
export function namesVariable(expression: string): boolean {
    return expression.split("&&").some((term) => /^[\s(]*(?!CI_)[A-Z]\w*\s*==\s*["'][^"']+["'][\s)]*$/.test(term));
}

/** Name under which Woodpecker runs a file. */
export function workflowName(path: string): string {
    return path
        .replace(/^.*\//, "")
        .replace(/^\./, "")
        .replace(/\.ya?ml$/, "");
}
