import type { InfraPipelineBlocks } from "../../config/infra.js";
import { registryOf } from "../../config/references.js";
import { readJobBundle } from "../monitoring/jobBundle.js";
import { builtTag } from "../woodpecker/workflow.js";
import {
    byHand,
    clone,
    type InfraContext,
    type InfraPipeline,
    infraSecretNames,
    notify,
    oneAtATime,
    pushOf,
    slackSecret,
} from "./pipeline.js";

/** Where the repository keeps the program that looks at what was pushed. */
const verifier = ".ci/verify-integrity.js";

/** Builds the image of the other pipelines' steps, then reads every part of it back from the registry. */
export function buildCiImage(
    context: InfraContext,
    block: NonNullable<InfraPipelineBlocks["build-ci-image"]>,
): InfraPipeline {
    const { infra } = context;
    const { image, login } = block.privateImage;
    const { registryUser, registryPassword } = infraSecretNames;
    const username = { from_secret: registryUser };
    const password = { from_secret: registryPassword };
    return {
        name: "build-ci-image",
        workflow: {
            when: [pushOf(infra, block.dockerfile), byHand("build-ci-image")],
            clone: clone(infra, 1),
            concurrency: oneAtATime("build-ci-image"),
            steps: [
                {
                    name: "build",
                    image: infra.images.buildx,
                    settings: {
                        registry: registryOf(image),
                        repo: image,
                        context: block.context,
                        dockerfile: block.dockerfile,
                        platforms: "linux/amd64",
                        provenance: false,
                        tags: builtTag,
                        username,
                        password,
                    },
                },
                {
                    name: "verify-integrity",
                    image: infra.images.node,
                    environment: { IMAGE_TAG: builtTag, REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password },
                    commands: [`exec node ${verifier} "${image}:$IMAGE_TAG"\n`],
                },
                ...notify(context, "build-ci-image", ["success", "failure"]),
            ],
        },
        secrets: [
            { name: registryUser, source: login.username },
            { name: registryPassword, source: login.password },
            ...slackSecret(context),
        ],
        files: [{ path: verifier, content: readJobBundle("verify-integrity").text }],
    };
}
