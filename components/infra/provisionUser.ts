import type { InfraPipelineBlocks } from "../../config/infra.js";
import { askedFor } from "../woodpecker/workflow.js";
import {
    type InfraContext,
    type InfraPipeline,
    kvPath,
    notify,
    oneAtATime,
    ownIdentity,
    readRight,
    scriptStep,
    slackSecret,
    vaultLogin,
} from "./pipeline.js";
import { infraScripts } from "./scripts.js";

/** Adds the owner of a namespace; runs by hand, for USERNAME and EMAIL. */
export function provisionUser(
    context: InfraContext,
    block: NonNullable<InfraPipelineBlocks["provision-user"]>,
): InfraPipeline {
    const { infra } = context;
    const { users, authentik } = block;
    const identity = ownIdentity("provision-user");
    const provision = scriptStep({
        name: "provision",
        image: infra.images.kubectl,
        script: infraScripts["provision-user"],
        serviceAccount: identity,
        environment: {
            USERS_PATH: kvPath(infra, users.path),
            USERS_KEY: users.key,
            AUTHENTIK_URL: authentik.url,
            AUTHENTIK_TOKEN_PATH: kvPath(infra, authentik.token.path),
            AUTHENTIK_TOKEN_KEY: authentik.token.key,
            GROUP_PREFIX: authentik.groupPrefix,
            ...vaultLogin(infra, identity),
        },
    });
    return {
        name: "provision-user",
        workflow: {
            when: [
                {
                    event: "manual",
                    evaluate: `${askedFor("provision-user")} && USERNAME matches "^[a-z][a-z0-9-]{0,30}[a-z0-9]$" && EMAIL matches "^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$"`,
                },
            ],
            skip_clone: true,
            concurrency: oneAtATime("provision-user"),
            steps: [provision, ...notify(context, "provision-user", ["success", "failure"])],
        },
        secrets: slackSecret(context),
        rights: [
            { path: kvPath(infra, users.path), capabilities: ["read", "create", "update"] },
            readRight(infra, authentik.token.path),
        ],
    };
}
