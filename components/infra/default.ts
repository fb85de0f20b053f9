import type { InfraPipelineBlocks } from "../../config/infra.js";
import {
    clone,
    gitAccess,
    type InfraContext,
    type InfraPipeline,
    notify,
    oneAtATime,
    ownIdentity,
    scriptStep,
    slackSecret,
    vaultLogin,
} from "./pipeline.js";
import { infraScripts } from "./scripts.js";

/** Applies the terragrunt stacks that a push to the branch changed; its own commits of state start nothing. */
export function defaultPipeline(
    context: InfraContext,
    block: NonNullable<InfraPipelineBlocks["default"]>,
): InfraPipeline {
    const { infra } = context;
    const git = gitAccess(infra);
    const identity = ownIdentity("default");
    const apply = scriptStep({
        name: "apply",
        image: infra.tools,
        script: infraScripts.default,
        serviceAccount: identity,
        memory: ["3Gi", "6Gi"],
        environment: {
            STACKS_DIRECTORY: block.stacksDirectory,
            PLATFORM_STACKS: block.platform.join(" "),
            SKIPPED_STACKS: block.skip.join(" "),
            GLOBAL_PATHS: block.globalPaths.join("\n"),
            STATE_PATHS: block.statePaths.join(" "),
            ...vaultLogin(infra, identity),
            ...git.environment,
        },
    });
    return {
        name: "default",
        workflow: {
            when: [
                {
                    event: "push",
                    branch: [infra.branch],
                    evaluate: 'not (CI_COMMIT_MESSAGE contains "[CI SKIP]")',
                },
            ],
            clone: clone(infra, 50),
            concurrency: oneAtATime("apply"),
            steps: [apply, ...notify(context, "default")],
        },
        secrets: [...git.secrets, ...slackSecret(context)],
        rights: block.vault,
        clusterRole: block.clusterRole,
    };
}
