import { at, isObject, items, type Properties, type Resource } from "./resource.js";

/** A CronJob and the pod it starts. */
export interface CronJob {
    readonly spec: Properties;
    readonly job: Properties;
    readonly pod: Properties;
    readonly containers: readonly Properties[];
}

/** The CronJob that a resource is; undefined for any other. */
export function cronJobOf({ type, properties }: Resource): CronJob | undefined {
    if (!/^kubernetes:batch\/v\w+:CronJob$/.test(type)) return undefined;
    const spec = plain(properties, "spec");
    const job = plain(spec, "jobTemplate", "spec");
    const pod = plain(job, "template", "spec");
    const containers = ["initContainers", "containers"].flatMap((kind) => items(pod[kind])).filter(isObject);
    return { spec, job, pod, containers };
}

function plain(value: Properties, ...path: readonly string[]): Properties {
    const found = at(value, ...path);
    return isObject(found) ? found : {};
}

export function containerName(container: Properties): string {
    return typeof container.name === "string" ? container.name : "without a name";
}
