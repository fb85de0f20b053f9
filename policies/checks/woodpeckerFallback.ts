import type { Check } from "../lib/check.js";
import { woodpeckerWorkflow } from "../lib/files.js";
import { everyAlternative, filtersOf, workflowName } from "../lib/woodpeckerWorkflow.js";

export const woodpeckerFallback: Check = {
    name: "woodpecker-fallback-only-by-name",
    description: "A fallback build on Woodpecker runs only when its own name is asked for.",
    why: "With `event: deployment` alone it fires at every deployment, beside the deploy workflow, and builds what GitHub has built already.",
    remedy: "Accept only `manual` and `deployment`, each with `evaluate` that compares PIPELINE or CI_PIPELINE_DEPLOY_TARGET with the workflow's name.",
    severity: "high",
    find: (resource) => {
        const file = woodpeckerWorkflow(resource);
        if (!file || file.errors.length > 0 || !/fallback/i.test(file.path)) return [];
        const name = workflowName(file.path);
        return filtersOf(file.content).flatMap(({ events, evaluate = "" }) => {
            const others = events?.filter((event) => event !== "manual" && event !== "deployment") ?? ["every event"];
            if (others.length > 0)
                return [{ subject: file.path, message: `${file.path}: fires at ${others.join(", ")}` }];
            if (everyAlternative(evaluate, (text) => asksFor(name, text))) return [];
            const how = evaluate === "" ? "without evaluate" : `by: ${evaluate}`;
            return [{ subject: file.path, message: `${file.path}: can fire without the name ${name}, ${how}` }];
        });
    },
};

const comparison = /\b(?:PIPELINE|CI_PIPELINE_DEPLOY_TARGET)\s*==\s*["']([^"']*)["']/g;

function asksFor(name: string, expression: string): boolean {
    return [...expression.matchAll(comparison)].some((match) => match[1] === name);
}
