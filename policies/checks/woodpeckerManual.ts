import type { Check } from "../lib/check.js";
import { woodpeckerWorkflow } from "../lib/files.js";
import { accepts, everyAlternative, filtersOf, namesVariable } from "../lib/woodpeckerWorkflow.js";

export const woodpeckerManual: Check = {
    name: "woodpecker-manual-is-guarded",
    description: "A Woodpecker workflow that runs by hand asks for a variable that names it.",
    why: "One run by hand starts every workflow of the repository that accepts `manual`: a deploy of one application would start all others, and a release of certificates with them.",
    remedy: "Add `evaluate: 'PIPELINE == \"<name>\"'` (or DEPLOY_APP == …) to the filter, or leave `manual` out; a filter without `event` accepts it too.",
    severity: "critical",
    find: (resource) => {
        const file = woodpeckerWorkflow(resource);
        if (!file || file.errors.length > 0) return [];
        return filtersOf(file.content)
            .filter((filter) => accepts(filter, "manual"))
            .filter(({ evaluate = "" }) => !everyAlternative(evaluate, namesVariable))
            .map(({ events, evaluate }) => {
                const how = evaluate === undefined ? "without evaluate" : `by: ${evaluate}`;
                const what = events === undefined ? "every event, `manual` among them," : "`manual`";
                return { subject: file.path, message: `${file.path}: accepts ${what} ${how}` };
            });
    },
};
