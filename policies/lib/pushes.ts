import { githubWorkflow, woodpeckerWorkflow } from "./files.js";
import { jobsOf } from "./githubWorkflow.js";
import { at, isObject, listOf, type Properties, type Resource, type Value } from "./resource.js";
import { stepsOf } from "./woodpeckerWorkflow.js";

/** A step of a pushed workflow that builds an image. */
export interface Build {
    readonly by: "github" | "woodpecker";
    /** Words for messages: file, job and step. */
    readonly place: string;
    /** `with` of the action or `settings` of the plugin. */
    readonly inputs: Properties;
    /** Tags in full (`acme/shop:1`) on GitHub, tags alone in Woodpecker. */
    readonly tags: readonly string[];
    /** The whole workflow. */
    readonly workflow: Value;
    /** Job of the step on GitHub. */
    readonly job?: string;
}

/** Builds by the usual action on GitHub and by Woodpecker's build plugins. */
export function buildsOf(resource: Resource): Build[] {
    return [...onGitHub(resource), ...onWoodpecker(resource)];
}

function onGitHub(resource: Resource): Build[] {
    const file = githubWorkflow(resource);
    return jobsOf(file?.content).flatMap(({ id, steps }) =>
        steps.flatMap(({ place, step }): Build[] => {
            if (typeof step.uses !== "string" || !/^docker\/(build-push|bake)-action@/.test(step.uses)) return [];
            const inputs = isObject(step.with) ? step.with : {};
            const tags = lines(inputs.tags);
            return [{ by: "github", place: `${file?.path}, ${place}`, inputs, tags, workflow: file?.content, job: id }];
        }),
    );
}

/** Also plugins of other publishers: what they have in common is the name and the settings. */
function onWoodpecker(resource: Resource): Build[] {
    const file = woodpeckerWorkflow(resource);
    return stepsOf(file?.content).flatMap(({ name, step }): Build[] => {
        const { image, settings } = step;
        if (typeof image !== "string" || !/buildx|kaniko|plugin-docker|buildah/.test(image) || !isObject(settings))
            return [];
        const place = `${file?.path}, step ${name}`;
        return [
            {
                by: "woodpecker",
                place,
                inputs: settings,
                tags: listOf(settings.tags ?? settings.tag).flatMap(lines),
                workflow: file?.content,
            },
        ];
    });
}

/** A list in one text, by line or comma. */
export function lines(value: Value): string[] {
    const texts = Array.isArray(value)
        ? value.map(String)
        : [typeof value === "string" || typeof value === "number" ? String(value) : ""];
    return texts
        .flatMap((text) => text.split(/[\n,]/))
        .map((line) => line.trim())
        .filter((line) => line !== "");
}

/** Follows outputs of steps and jobs of a GitHub workflow to the script that writes them; undefined where there is none. */
export function scriptBehind(
    expression: string,
    { workflow, job }: Pick<Build, "workflow" | "job">,
): string | undefined {
    const ofJob = /^needs\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression);
    if (ofJob?.[1] && ofJob[2]) {
        const output = at(workflow, "jobs", ofJob[1], "outputs", ofJob[2]);
        const inner = typeof output === "string" ? /^\$\{\{\s*(.*?)\s*\}\}$/.exec(output)?.[1] : undefined;
        return inner && !inner.startsWith("needs.") ? scriptBehind(inner, { workflow, job: ofJob[1] }) : undefined;
    }
    const ofStep = /^steps\.([\w-]+)\.outputs\.([\w-]+)$/.exec(expression);
    if (!ofStep?.[1] || job === undefined) return undefined;
    const step = jobsOf(workflow)
        .find(({ id }) => id === job)
        ?.steps.find((candidate) => candidate.step.id === ofStep[1]);
    const run = step?.step.run;
    if (typeof run !== "string") return undefined;
    return run.split("\n").find((line) => line.includes(`${ofStep[2]}=`));
}
