import type { Check } from "../lib/check.js";
import { githubWorkflow } from "../lib/files.js";
import { jobsOf } from "../lib/githubWorkflow.js";

export const actionPin: Check = {
    name: "action-pinned-by-commit",
    description: "Pushed workflows name every action by a commit SHA of 40 characters.",
    why: "A tag can be moved: whoever takes over an action's repository then runs in ours, with the secrets of the job.",
    remedy: "Write `uses: owner/action@<commit SHA> # <version>`; Renovate keeps both up to date.",
    severity: "critical",
    find: (resource) => {
        const file = githubWorkflow(resource);
        return jobsOf(file?.content).flatMap(({ id, job, steps }) =>
            [
                { place: `job ${id}`, uses: job.uses },
                ...steps.map(({ place, step }) => ({ place, uses: step.uses })),
            ].flatMap(({ place, uses }) =>
                typeof uses !== "string" || isPinned(uses)
                    ? []
                    : [{ subject: uses, message: `${file?.path}, ${place}: uses ${uses}` }],
            ),
        );
    },
};

/** An action of the same repository is of the same commit. */
function isPinned(uses: string): boolean {
    return (
        uses.startsWith("./") || /^docker:\/\/.+@sha256:[0-9a-f]{64}$/.test(uses) || /^[^@]+@[0-9a-f]{40}$/.test(uses)
    );
}
