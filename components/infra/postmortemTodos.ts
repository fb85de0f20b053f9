import type { InfraPipelineBlocks } from "../../config/infra.js";
import {
    clone,
    type InfraContext,
    type InfraPipeline,
    notify,
    oneAtATime,
    ownIdentity,
    pushOf,
    readRight,
    scriptStep,
    slackSecret,
    vaultLogin,
} from "./pipeline.js";
import { infraScripts } from "./scripts.js";

/** Has the repository's own program resolve what new post-mortems leave to do. */
export function postmortemTodos(
    context: InfraContext,
    block: NonNullable<InfraPipelineBlocks["postmortem-todos"]>,
): InfraPipeline {
    const { infra } = context;
    const identity = ownIdentity("postmortem-todos");
    const resolve = scriptStep({
        name: "resolve",
        image: infra.tools,
        script: infraScripts["postmortem-todos"],
        serviceAccount: identity,
        environment: { DIRECTORY: block.directory, SCRIPT: block.script, ...vaultLogin(infra, identity) },
    });
    return {
        name: "postmortem-todos",
        workflow: {
            when: [pushOf(infra, `${block.directory}/*.md`)],
            clone: clone(infra, 5),
            concurrency: oneAtATime("postmortem-todos"),
            steps: [resolve, ...notify(context, "postmortem-todos", ["success", "failure"])],
        },
        secrets: slackSecret(context),
        rights: block.reads.map((path) => readRight(infra, path)),
    };
}
