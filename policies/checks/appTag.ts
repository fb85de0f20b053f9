import type { Check, Violation } from "../lib/check.js";
import { woodpeckerWorkflow } from "../lib/files.js";
import { expressionsIn } from "../lib/githubWorkflow.js";
import { parseImage } from "../lib/image.js";
import { pullsOf } from "../lib/images.js";
import { type Build, buildsOf, scriptBehind } from "../lib/pushes.js";
import type { Resource } from "../lib/resource.js";
import { everyAlternative, filtersOf } from "../lib/woodpeckerWorkflow.js";

export const appTag: Check = {
    name: "app-tag-is-short-sha",
    description:
        "Images of applications are tagged with the first 8 characters of the commit SHA, and only such tags are deployed.",
    why: "Build, deploy, rollback and drift find each other by this tag. A tag of another form cannot be traced to a commit.",
    remedy: 'Tag what is built with ${GITHUB_SHA:0:8} or ${CI_COMMIT_SHA:0:8}; accept only IMAGE_TAG matches "^[0-9a-f]{8}$" in a deploy workflow; pin 8 lower-case hex characters.',
    severity: "high",
    find: (resource) => [...built(resource), ...deployed(resource), ...pinned(resource)],
};

const shortSha = /^[0-9a-f]{8}$/;

function built(resource: Resource): Violation[] {
    return buildsOf(resource).flatMap((build) => {
        if (build.tags.length === 0) return [{ subject: build.place, message: `${build.place}: names no tag` }];
        return build.tags
            .filter((tag) => !isShortSha(tag, build))
            .map((tag) => ({
                subject: tag,
                message: `${build.place}: the tag of "${tag}" is not the short commit SHA`,
            }));
    });
}

function isShortSha(text: string, build: Build): boolean {
    const tag = text.replace(/^.*:(?=[^:/}]*$|\$\{)/, "");
    if (shortSha.test(tag)) return true;
    if (build.by === "woodpecker") return tag === "${CI_COMMIT_SHA:0:8}";
    const [expression, ...more] = expressionsIn(text.slice(text.search(/:[^:]*$/)));
    if (expression === undefined || more.length > 0 || !/:\$\{\{[^}]*\}\}$/.test(text)) return false;
    return /\$\{GITHUB_SHA:0:8\}/.test(scriptBehind(expression, build) ?? "");
}

/** A workflow that is told its tag takes no other form. */
function deployed(resource: Resource): Violation[] {
    const file = woodpeckerWorkflow(resource);
    if (!file || !/\bDEPLOY_APP\b/.test(file.text)) return [];
    return filtersOf(file.content)
        .filter(({ evaluate = "" }) => evaluate.includes("DEPLOY_APP"))
        .filter(
            ({ evaluate = "" }) =>
                !everyAlternative(evaluate, (text) => text.includes('IMAGE_TAG matches "^[0-9a-f]{8}$"')),
        )
        .map(({ evaluate = "" }) => ({
            subject: file.path,
            message: `${file.path}: accepts any IMAGE_TAG by: ${evaluate}`,
        }));
}

/** A patch of somebody else's workload is how the stack pins an application. */
function pinned(resource: Resource): Violation[] {
    if (!/^kubernetes:apps\/v1:(?:Deployment|StatefulSet|DaemonSet)Patch$/.test(resource.type)) return [];
    return pullsOf(resource)
        .filter(({ image }) => !shortSha.test(parseImage(image)?.tag ?? ""))
        .map(({ image, place }) => ({
            subject: image,
            message: `${place}: the tag of "${image}" is not a short commit SHA`,
        }));
}
