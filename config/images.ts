import { z } from "zod";
import { imageReference } from "./primitives.js";

/** `cicd:images`: every image this program makes somebody pull. Each default names one content, with one exception. */
export const images = z.strictObject({
    /**
     * Deploy steps: kubectl, curl, jq and a POSIX shell.
     * The exception: bitnami/kubectl has no version tags any more; set an image of one's own that is pinned.
     */
    kubectl: imageReference.default("bitnami/kubectl:latest"),
    /** Slack steps: curl and a POSIX shell. */
    slack: imageReference.default(
        "curlimages/curl:8.11.1@sha256:c1fe1679c34d9784c1b0d1e5f62ac0a79fca01fb6377cdd33e90473c6f9f9a69",
    ),
    /** Woodpecker's build plugin; the server must list exactly this in WOODPECKER_PLUGINS_PRIVILEGED. */
    buildx: imageReference.default("woodpeckerci/plugin-docker-buildx:6.1.0"),
    /** Clone plugin of infra pipelines; one that Woodpecker trusts with the forge's credentials. */
    git: imageReference.default("woodpeckerci/plugin-git:2.6.5"),
    node: imageReference.default(
        "node:24-alpine@sha256:a0b9bf06e4e6193cf7a0f58816cc935ff8c2a908f81e6f1a95432d679c54fbfd",
    ),
    registry: imageReference.default(
        "registry:2.8.3@sha256:a3d8aaa63ed8681a604f1dea0aa03f100d5895b6a58ace528858a7b332415373",
    ),
    nginx: imageReference.default(
        "nginx:1.29-alpine@sha256:5616878291a2eed594aee8db4dade5878cf7edcb475e59193904b198d9b830de",
    ),
});

export type Images = z.infer<typeof images>;
