import type { InfraPipelineBlocks } from "../../config/infra.js";
import { registryOf } from "../../config/references.js";
import { secretNames } from "../woodpecker/deploySteps.js";
import { builtTag } from "../woodpecker/workflow.js";
import {
    clone,
    type InfraContext,
    type InfraPipeline,
    infraSecretNames,
    notify,
    oneAtATime,
    slackSecret,
} from "./pipeline.js";

/** Builds the command line tool at every push, once, for two registries. */
export function buildCli(context: InfraContext, block: NonNullable<InfraPipelineBlocks["build-cli"]>): InfraPipeline {
    const { infra } = context;
    const { registryUser, registryPassword } = infraSecretNames;
    return {
        name: "build-cli",
        workflow: {
            when: [{ event: "push" }],
            clone: clone(infra, 1),
            concurrency: oneAtATime("build-cli"),
            steps: [
                {
                    name: "build",
                    image: infra.images.buildx,
                    settings: {
                        repo: [block.image, block.privateImage.image],
                        context: block.context,
                        dockerfile: block.dockerfile,
                        platforms: "linux/amd64",
                        provenance: false,
                        tags: builtTag,
                        logins: [
                            {
                                registry: "https://index.docker.io/v1/",
                                username: { from_secret: secretNames.registryUsername },
                                password: { from_secret: secretNames.registryPassword },
                            },
                            {
                                registry: `https://${registryOf(block.privateImage.image)}`,
                                username: { from_secret: registryUser },
                                password: { from_secret: registryPassword },
                            },
                        ],
                    },
                },
                ...notify(context, "build-cli"),
            ],
        },
        secrets: [
            { name: secretNames.registryUsername, source: "dockerhubUsername" },
            { name: secretNames.registryPassword, source: "dockerhubToken" },
            { name: registryUser, source: block.privateImage.login.username },
            { name: registryPassword, source: block.privateImage.login.password },
            ...slackSecret(context),
        ],
    };
}
