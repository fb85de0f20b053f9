import type { Check, Violation } from "../lib/check.js";
import { githubWorkflow, woodpeckerWorkflow } from "../lib/files.js";
import { expressionsIn, jobsOf, scriptsOf } from "../lib/githubWorkflow.js";
import { type Resource, strings } from "../lib/resource.js";
import { substitutionsIn } from "../lib/substitution.js";
import { stepsOf } from "../lib/woodpeckerWorkflow.js";

export const untrustedText: Check = {
    name: "no-untrusted-text-in-shell",
    description: "No text from outside is pasted into a script of a pushed workflow.",
    why: "Both engines paste before the shell reads: a branch or a title such as `$(curl …)` then runs with the job's secrets.",
    remedy: 'Hand the value over in the step\'s `env` or `environment` and use it as "$NAME" in the script; in Woodpecker files write $${NAME} for a variable of the shell.',
    severity: "critical",
    find: (resource) => [...github(resource), ...woodpecker(resource)],
};

/** What nobody outside can choose. */
const trusted =
    /^(?:github\.(?:sha|run_id|run_number|run_attempt|repository_id|job|workspace|action_path)|runner\.\w+)$/;

function github(resource: Resource): Violation[] {
    const file = githubWorkflow(resource);
    return jobsOf(file?.content)
        .flatMap(({ steps }) => steps)
        .flatMap((step) =>
            scriptsOf(step)
                .flatMap(expressionsIn)
                .filter((expression) => !trusted.test(expression))
                .map((expression) => ({
                    subject: expression,
                    message: `${file?.path}, ${step.place}: pastes \${{ ${expression} }} into a script`,
                })),
        );
}

/** Digits and hex digits, by the server alone. */
const harmless =
    /^CI_(?:COMMIT_SHA|PREV_COMMIT_SHA|PIPELINE_(?:NUMBER|PARENT|CREATED|STARTED|EVENT)|REPO_ID|WORKFLOW_NUMBER)$/;

function woodpecker(resource: Resource): Violation[] {
    const file = woodpeckerWorkflow(resource);
    return stepsOf(file?.content).flatMap(({ name, step }) =>
        [...strings(step.commands), ...strings(step.entrypoint)]
            .flatMap(substitutionsIn)
            .filter((variable) => !harmless.test(variable))
            .map((variable) => ({
                subject: variable,
                message: `${file?.path}, step ${name}: Woodpecker pastes \${${variable}} into a command`,
            })),
    );
}
