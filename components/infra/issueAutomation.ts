import type { InfraPipelineBlocks } from "../../config/infra.js";
import { askedFor } from "../woodpecker/workflow.js";
import {
    type InfraContext,
    type InfraPipeline,
    kvPath,
    notify,
    ownIdentity,
    readRight,
    scriptStep,
    slackSecret,
    vaultLogin,
} from "./pipeline.js";
import { infraScripts } from "./scripts.js";

/** Has an agent look at one issue of the repository; runs by hand, for the issue that ISSUE_NUMBER names. */
export function issueAutomation(
    context: InfraContext,
    block: NonNullable<InfraPipelineBlocks["issue-automation"]>,
): InfraPipeline {
    const { infra } = context;
    const identity = ownIdentity("issue-automation");
    const ask = scriptStep({
        name: "ask",
        image: infra.images.kubectl,
        script: infraScripts["issue-automation"],
        serviceAccount: identity,
        environment: {
            AGENT_URL: block.url,
            AGENT: block.agent,
            AGENT_TOKEN_PATH: kvPath(infra, block.token.path),
            AGENT_TOKEN_KEY: block.token.key,
            POLLS: String(block.polls),
            POLL_SECONDS: String(block.pollSeconds),
            ...vaultLogin(infra, identity),
        },
    });
    return {
        name: "issue-automation",
        workflow: {
            when: [
                {
                    event: "manual",
                    evaluate: `${askedFor("issue-automation")} && ISSUE_NUMBER matches "^[0-9]{1,9}$"`,
                },
            ],
            skip_clone: true,
            steps: [ask, ...notify(context, "issue-automation")],
        },
        secrets: slackSecret(context),
        rights: [readRight(infra, block.token.path)],
    };
}
