import type { App } from "../../config/settings.js";

/** A container that is pinned. */
export interface PinnedContainer {
    readonly container: string;
    /** With tag. */
    readonly image: string;
}

/** What is pinned in one Deployment. */
export interface DeploymentPin {
    readonly namespace: string;
    readonly deployment: string;
    readonly containers: readonly PinnedContainer[];
}

/** What one application's `sha` pins. */
export interface AppPin {
    readonly app: string;
    readonly sha: string;
    readonly deployments: readonly DeploymentPin[];
}

/** A container as a patch lists it: without an image it is only there for the position of those after it. */
export interface PatchContainer {
    readonly name: string;
    readonly image?: string;
}

/** Owner of the pinned fields, always the same: whoever applies under this name shares the pin. */
export const PIN_MANAGER = "cicd-release";

/** Of the component that holds an application's patches, in the program. */
export function releaseName(app: string): string {
    return `${app}-release`;
}

/** Of one patch, in the program. No label has a slash: what is between two of them is one of the three names. */
export function patchName(app: string, { namespace, deployment }: Pick<DeploymentPin, "namespace" | "deployment">) {
    return `${releaseName(app)}/${namespace}/${deployment}`;
}

/** What the application's `sha` pins; nothing without one. */
export function pinOf(app: App): AppPin | undefined {
    if (app.sha === undefined) return undefined;
    const deployments = new Map<string, DeploymentPin>();
    for (const { namespace, deployment, container, image } of app.deployments) {
        const key = `${namespace}/${deployment}`;
        const before = deployments.get(key)?.containers ?? [];
        const containers = [...before, { container, image: `${image}:${app.sha}` }];
        deployments.set(key, { namespace, deployment, containers });
    }
    return { app: app.name, sha: app.sha, deployments: [...deployments.values()] };
}

/**
 * The containers of a patch: in their live order up to the last pinned one.
 *
 * The engine compares lists by position and the API server merges them by name: another order would show a difference for
 * ever, and a name that is not there would become a new container.
 *
 * @param live names of the Deployment's containers, in order
 * @returns the list, or the pinned names that are not there
 */
export function patchContainers(
    live: readonly string[],
    pinned: readonly PinnedContainer[],
): { readonly containers: readonly PatchContainer[] } | { readonly missing: readonly string[] } {
    const missing = pinned.map(({ container }) => container).filter((name) => !live.includes(name));
    if (missing.length > 0) return { missing };
    const images = new Map(pinned.map(({ container, image }) => [container, image]));
    const last = live.findLastIndex((name) => images.has(name));
    const containers = live.slice(0, last + 1).map((name) => {
        const image = images.get(name);
        return image === undefined ? { name } : { name, image };
    });
    return { containers };
}
