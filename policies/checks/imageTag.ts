import type { Check, Violation } from "../lib/check.js";
import { parseImage } from "../lib/image.js";
import { pullsOf, withoutVariables } from "../lib/images.js";
import { buildsOf } from "../lib/pushes.js";
import type { Resource } from "../lib/resource.js";

export const imageTag: Check = {
    name: "image-has-fixed-tag",
    description:
        "Every image that is pulled, or pushed by an action or a plugin, has a tag, and the tag is not latest; scripts are not read.",
    why: "What a floating tag names changes without a commit: nobody can say what ran yesterday, and nobody can go back to it.",
    remedy: "Name a version, better a version with its digest. Where a publisher has none, add the image to the policy's `allow` with the reason.",
    severity: "high",
    allow: [
        {
            subject: "bitnami/kubectl:latest",
            reason: "The publisher took all version tags away. Set cicd:images.kubectl to an image of your own.",
        },
    ],
    find: (resource) => [...pulled(resource), ...pushed(resource)],
};

function pulled(resource: Resource): Violation[] {
    return pullsOf(resource).flatMap(({ image, place }) => {
        const reference = parseImage(withoutVariables(image));
        if (!reference) return [{ subject: image, message: `${place}: "${image}" is not an image reference` }];
        if (reference.digest) return [];
        if (!reference.tag) return [{ subject: image, message: `${place}: "${image}" has no tag, which means latest` }];
        return reference.tag === "latest" ? [{ subject: image, message: `${place}: "${image}" floats` }] : [];
    });
}

function pushed(resource: Resource): Violation[] {
    return buildsOf(resource).flatMap(({ tags, inputs, place }) => [
        ...tags
            .filter((tag) => /(?:^|:)latest$/.test(tag))
            .map((tag) => ({ subject: tag, message: `${place}: pushes "${tag}"` })),
        ...(inputs.auto_tag === true ? [{ subject: "auto_tag", message: `${place}: auto_tag pushes latest` }] : []),
    ]);
}
