import type { Check } from "../lib/check.js";
import { baseName, parseImage } from "../lib/image.js";
import { pullsOf, withoutVariables } from "../lib/images.js";

export const registryDigest: Check = {
    name: "registry-image-has-digest",
    description: "Images of the registry, and all that a compose file or a Docker host runs, are pinned by digest.",
    why: "A floating registry:2 changed under the running service twice, and both times the indexes of images lost their children.",
    remedy: "Write `<image>:<version>@sha256:<digest>`; `docker buildx imagetools inspect <image>` says the digest.",
    severity: "high",
    find: (resource) =>
        pullsOf(resource).flatMap(({ image, place, by }) => {
            const reference = parseImage(withoutVariables(image));
            const registry = by === "compose" || by === "docker" || (reference && baseName(reference) === "registry");
            return !registry || reference?.digest
                ? []
                : [{ subject: image, message: `${place}: "${image}" has no digest` }];
        }),
};
