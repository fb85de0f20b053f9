import type { Check, Violation } from "../lib/check.js";
import { githubWorkflow, woodpeckerWorkflow } from "../lib/files.js";
import { jobsOf } from "../lib/githubWorkflow.js";
import { buildsOf, lines } from "../lib/pushes.js";
import { at, type Resource, strings } from "../lib/resource.js";
import { stepsOf } from "../lib/woodpeckerWorkflow.js";

export const buildPlatform: Check = {
    name: "build-is-linux-amd64",
    description: "Pushed workflows build for linux/amd64 and nothing else.",
    why: "The nodes are amd64. Another platform doubles the build time and makes an index with children that a registry can lose.",
    remedy: "Say `platforms: linux/amd64` in the build step and leave QEMU out.",
    severity: "medium",
    find: (resource) => [...steps(resource), ...scripts(resource)],
};

const wanted = "linux/amd64";

function steps(resource: Resource): Violation[] {
    return buildsOf(resource).flatMap(({ inputs, place }) => {
        const platforms = lines(inputs.platforms ?? inputs.platform);
        if (platforms.length === 1 && platforms[0] === wanted) return [];
        const found = platforms.length === 0 ? "names no platform" : `builds for ${platforms.join(", ")}`;
        return [{ subject: place, message: `${place}: ${found}` }];
    });
}

function scripts(resource: Resource): Violation[] {
    const github = githubWorkflow(resource);
    const woodpecker = woodpeckerWorkflow(resource);
    const texts = [
        ...jobsOf(github?.content).flatMap(({ steps }) =>
            steps.map(({ place, step }) => ({
                place: `${github?.path}, ${place}`,
                text: strings([step.uses, step.run]).join("\n"),
            })),
        ),
        ...stepsOf(woodpecker?.content).map(({ name, step }) => ({
            place: `${woodpecker?.path}, step ${name}`,
            text: strings(step.commands).join("\n"),
        })),
    ];
    const other = texts.flatMap(({ place, text }) =>
        [...text.matchAll(/--platform[= ]["']?([\w/,]+)|(docker\/setup-qemu-action)/g)]
            .map((match) => match[1] ?? match[2] ?? "")
            .filter((platform) => platform !== wanted)
            .map((platform) => ({ subject: platform, message: `${place}: uses ${platform}` })),
    );
    const label = at(woodpecker?.content, "labels", "platform");
    const runner =
        typeof label === "string" && label !== wanted
            ? [{ subject: label, message: `${woodpecker?.path}: runs on ${label}` }]
            : [];
    return [...other, ...runner];
}
