import { composeFiles, githubWorkflow, woodpeckerWorkflow } from "./files.js";
import { jobsOf } from "./githubWorkflow.js";
import { at, entries, items, join, objectsIn, type Resource, type Value } from "./resource.js";
import { stepsOf } from "./woodpeckerWorkflow.js";

/** An image that somebody pulls because of a resource. */
export interface Pull {
    readonly image: string;
    /** Words for messages. */
    readonly place: string;
    readonly by: "pod" | "docker" | "compose" | "woodpecker" | "github";
}

/** Every image that a resource makes somebody pull; what is a pattern or not known yet is left out. */
export function pullsOf(resource: Resource): Pull[] {
    return [
        ...pods(resource),
        ...docker(resource),
        ...compose(resource),
        ...watched(resource),
        ...woodpecker(resource),
        ...github(resource),
    ].filter(({ image }) => !isOpen(image));
}

/** A pattern, or a variable and nothing else. */
function isOpen(image: string): boolean {
    return /[*!?{}]/.test(withoutVariables(image)) || withoutVariables(image, "") === "";
}

/** What a workflow puts in for a variable is judged where it is made. @param stand what takes its place */
export function withoutVariables(image: string, stand = "0"): string {
    return image.replace(/\$\{\{.*?\}\}|\$\{[^}]*\}|\$\w+/g, stand);
}

function pull(by: Pull["by"], place: string, image: Value): Pull[] {
    return typeof image === "string" ? [{ by, place, image }] : [];
}

/** Containers, wherever a kind of Kubernetes may hold a pod's specification. */
function pods({ type, properties }: Resource): Pull[] {
    if (!type.startsWith("kubernetes:")) return [];
    return objectsIn(properties).flatMap(({ path, value }) => [
        ...["containers", "initContainers", "ephemeralContainers"].flatMap((kind) =>
            items(value[kind]).flatMap((container, i) =>
                pull("pod", join(path, `${kind}.${i}.image`), at(container, "image")),
            ),
        ),
        ...items(value.volumes).flatMap((volume, i) =>
            pull("pod", join(path, `volumes.${i}.image.reference`), at(volume, "image", "reference")),
        ),
    ]);
}

function docker({ type, properties }: Resource): Pull[] {
    if (type === "docker:index/remoteImage:RemoteImage") return pull("docker", "name", properties.name);
    if (type === "docker:index/container:Container") return pull("docker", "image", properties.image);
    if (type !== "docker:index/service:Service") return [];
    const path = ["taskSpec", "containerSpec", "image"];
    return pull("docker", path.join("."), at(properties, ...path));
}

function compose(resource: Resource): Pull[] {
    return composeFiles(resource).flatMap(({ path, content }) =>
        entries(at(content, "services")).flatMap(([name, service]) =>
            pull("compose", `${path}, service ${name}`, at(service, "image")),
        ),
    );
}

/** Containers that have to run on a host, by name: `running IMAGE`. */
function watched({ type, properties }: Resource): Pull[] {
    if (type !== "host:index:Files") return [];
    return entries(properties.items).flatMap(([name, state]) => {
        const image = typeof state === "string" ? /^running (\S+)$/.exec(state)?.[1] : undefined;
        return image === undefined ? [] : pull("compose", `items.${name}`, image);
    });
}

function woodpecker(resource: Resource): Pull[] {
    const file = woodpeckerWorkflow(resource);
    return stepsOf(file?.content).flatMap(({ name, step }) =>
        pull("woodpecker", `${file?.path}, step ${name}`, step.image),
    );
}

function github(resource: Resource): Pull[] {
    const file = githubWorkflow(resource);
    return jobsOf(file?.content).flatMap(({ id, job, steps }) => {
        const place = `${file?.path}, job ${id}`;
        const { container } = job;
        return [
            ...pull(
                "github",
                `${place}, container`,
                typeof container === "string" ? container : at(container, "image"),
            ),
            ...entries(job.services).flatMap(([name, service]) =>
                pull("github", `${place}, service ${name}`, at(service, "image")),
            ),
            ...steps.flatMap((step) => {
                const { uses } = step.step;
                const image = typeof uses === "string" && uses.startsWith("docker://") ? uses.slice(9) : undefined;
                return pull("github", `${file?.path}, ${step.place}`, image);
            }),
        ];
    });
}
