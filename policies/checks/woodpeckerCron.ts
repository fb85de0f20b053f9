import type { Check } from "../lib/check.js";
import { woodpeckerWorkflow } from "../lib/files.js";
import { accepts, everyAlternative, filtersOf, namesVariable } from "../lib/woodpeckerWorkflow.js";

export const woodpeckerCron: Check = {
    name: "woodpecker-cron-is-named",
    description: "A Woodpecker workflow that runs by schedule names its cron.",
    why: "Every cron of a repository starts every workflow that accepts `cron`: the nightly drift check would renew certificates.",
    remedy: "Add `cron: <name of the cron>` to the filter, or `evaluate` on a variable that the cron sets, or leave `cron` out of its events.",
    severity: "high",
    find: (resource) => {
        const file = woodpeckerWorkflow(resource);
        if (!file || file.errors.length > 0) return [];
        return filtersOf(file.content)
            .filter((filter) => accepts(filter, "cron") && filter.filter.cron === undefined)
            .filter(({ evaluate = "" }) => !everyAlternative(evaluate, namesVariable))
            .map(() => ({ subject: file.path, message: `${file.path}: runs at every cron of the repository` }));
    },
};
