import type { App } from "../../config/settings.js";
import { type DeployStepsArgs, deploySteps, oneDeployAtATime } from "./deploySteps.js";
import type { Workflow } from "./workflow.js";

/**
 * Woodpecker's half of the pipeline: deploys a tag that is in the registry already.
 *
 * Runs only when DEPLOY_APP names this application and IMAGE_TAG is a short SHA: by `POST …/pipelines`, whose event is always
 * `manual`, or by a deployment with both variables.
 */
export function deployWorkflow(app: App, args: Omit<DeployStepsArgs, "tag">): Workflow {
    return {
        when: [
            {
                event: ["manual", "deployment"],
                evaluate: `DEPLOY_APP == "${app.name}" && IMAGE_TAG matches "^[0-9a-f]{8}$"`,
            },
        ],
        skip_clone: true,
        concurrency: oneDeployAtATime(app),
        steps: deploySteps(app, args),
    };
}
