import type { V1Deployment, V1ManagedFieldsEntry } from "@kubernetes/client-node";

/** What runs in one container, and since when. */
export interface LiveImage {
    readonly image: string;
    /** Field manager that set it, e.g. `kubectl-set` for a deploy by CI. */
    readonly setBy?: string;
    readonly since?: Date;
}

/** A container's image and who put it there; nothing when there is no such container. */
export function liveImage(deployment: V1Deployment, container: string): LiveImage | undefined {
    const image = containersOf(deployment).find(({ name }) => name === container)?.image;
    if (image === undefined) return undefined;
    const owners = (deployment.metadata?.managedFields ?? []).filter((entry) => owns(entry, container));
    // Who applied the same value later owns it too.
    const [first] = owners.sort((a, b) => timeOf(a) - timeOf(b));
    return {
        image,
        ...(first?.manager && { setBy: first.manager }),
        ...(first?.time && { since: new Date(first.time) }),
    };
}

/** Whether somebody has ever applied to it under this name; what another one set meanwhile does not undo that. */
export function isManagedBy({ metadata }: V1Deployment, manager: string): boolean {
    return (metadata?.managedFields ?? []).some((entry) => entry.manager === manager);
}

/** Names of a Deployment's containers, in order. */
export function containerNames(deployment: V1Deployment): string[] {
    return containersOf(deployment).map(({ name }) => name);
}

/** Tag of an image's reference; nothing where there is none, or another image. */
export function tagOf(reference: string, image: string): string | undefined {
    const [name] = reference.split("@");
    return name?.startsWith(`${image}:`) ? name.slice(image.length + 1) : undefined;
}

const containersOf = ({ spec }: V1Deployment) => spec?.template?.spec?.containers ?? [];
const timeOf = ({ time }: V1ManagedFieldsEntry) => (time ? new Date(time).getTime() : 0);

function owns({ fieldsV1 }: V1ManagedFieldsEntry, container: string): boolean {
    const path = [
        "f:spec",
        "f:template",
        "f:spec",
        "f:containers",
        `k:{"name":${JSON.stringify(container)}}`,
        "f:image",
    ];
    return (
        path.reduce<Fields | undefined>((fields, key) => fields?.[key], fieldsV1 as Fields | undefined) !== undefined
    );
}

interface Fields {
    readonly [key: string]: Fields;
}
