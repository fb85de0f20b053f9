import type { App } from "../../config/settings.js";
import { wordsOf } from "../../jobs/lib/errors.js";
import { type ImageRegistries, nearestTags, runsOnNodes } from "../../jobs/lib/registry/image.js";
import type { Cluster } from "./cluster.js";
import { containerNames, isManagedBy, type LiveImage, liveImage } from "./liveDeployment.js";
import { type AppPin, type DeploymentPin, type PatchContainer, PIN_MANAGER, patchContainers, pinOf } from "./pins.js";

/** A Deployment whose pin can be declared. */
export interface PinnedDeployment {
    readonly namespace: string;
    readonly deployment: string;
    readonly containers: readonly PatchContainer[];
}

/** A pin whose images were found, and whose containers are there, unless a report of it says otherwise. */
export interface CheckedPin extends Omit<AppPin, "deployments"> {
    readonly deployments: readonly PinnedDeployment[];
}

export interface PinReport {
    readonly pins: readonly CheckedPin[];
    /** Worth a line, and no reason to stop. */
    readonly warnings: readonly string[];
    /** Why nothing must be changed. */
    readonly problems: readonly string[];
}

export interface PinSources {
    readonly registries: Pick<ImageRegistries, "tag" | "tags">;
    readonly cluster: Cluster;
}

/** What the pins are read for. */
export interface PinScope {
    /**
     * Applications whose pins are being set now, with nothing else: what they run instead is what that changes, and what is wrong
     * with the others is no reason to stop. @default none, and all are to be good
     */
    readonly rolled?: readonly string[];
    /** The preview looks again, with the registry's login: what is kept from this look for want of one is no reason to stop. */
    readonly firstLook?: boolean;
}

/** Compares every pin with the registry and the cluster before anything is changed. */
export async function readPins(apps: readonly App[], sources: PinSources, scope: PinScope = {}): Promise<PinReport> {
    const { rolled } = scope;
    const pins = apps.map(pinOf).filter((pin) => pin !== undefined);
    const reports = await Promise.all(
        pins.map(async (pin) => {
            const report = await readPin(pin, sources, scope);
            return rolled && !rolled.includes(pin.app) ? leftAlone(report) : report;
        }),
    );
    return {
        pins: reports.flatMap((report) => report.pins),
        warnings: reports.flatMap((report) => report.warnings),
        problems: reports.flatMap((report) => report.problems),
    };
}

/** Of an application that this update is not about. */
function leftAlone({ pins, warnings, problems }: PinReport): PinReport {
    return { pins, warnings: [...warnings, ...problems.map((words) => `${words}; left as it is`)], problems: [] };
}

async function readPin(pin: AppPin, sources: PinSources, { rolled, firstLook }: PinScope): Promise<PinReport> {
    const key = `cicd:apps.${pin.app}.sha`;
    const reads = await Promise.all(pin.deployments.map((each) => readDeployment(pin, each, sources.cluster)));
    const behind = rolled?.includes(pin.app) ? [] : reads.flatMap((read) => read.behind);
    const settled = reads.every((read) => read.settled);
    const images = new Set(pin.deployments.flatMap(({ containers }) => containers.map(({ image }) => image)));
    const looked = await Promise.all([...images].map((image) => imageTrouble(image, sources.registries)));
    const trouble = looked.filter((each) => each !== undefined);
    const isLater = (each: ImageTrouble) => firstLook === true && each.needsLogin === true;
    const missing = trouble.filter((each) => !isLater(each)).map(({ words }) => `${key}: ${words}`);
    const later = trouble
        .filter(isLater)
        .map(({ words }) => `${key}: ${words}; there is no login here, the preview has it`);
    return {
        pins: [{ ...pin, deployments: reads.map(({ pinned }) => pinned) }],
        // What runs already is not made worse by a registry that has lost it, or is down.
        warnings: [
            ...behind,
            ...later,
            ...(settled ? missing.map((words) => `${words}; it runs, and a new pod could not pull it`) : []),
        ],
        problems: [...reads.flatMap(({ problem }) => problem ?? []), ...(settled ? [] : missing)],
    };
}

interface DeploymentRead {
    /** As far as it is known: what is not declared would be a deletion, also where it is not updated. */
    readonly pinned: PinnedDeployment;
    readonly problem?: string;
    /** Images that somebody else put in place of the pinned ones. */
    readonly behind: readonly string[];
    /** The pinned images are those that are live. */
    readonly settled: boolean;
}

async function readDeployment(pin: AppPin, wanted: DeploymentPin, cluster: Cluster): Promise<DeploymentRead> {
    const { namespace, deployment: name, containers } = wanted;
    const where = `Deployment ${namespace}/${name}`;
    const fail = (words: string) => ({
        pinned: {
            namespace,
            deployment: name,
            containers: containers.map((c) => ({ name: c.container, image: c.image })),
        },
        problem: `cicd:apps.${pin.app}: ${words}`,
        behind: [],
        settled: false,
    });
    try {
        const live = await cluster.deployment(namespace, name);
        if (!live) return fail(`${where} does not exist; a pin sets the image of one that does`);
        const names = containerNames(live);
        const patch = patchContainers(names, containers);
        if ("missing" in patch) {
            return fail(
                `${where} has no container ${patch.missing.join(", ")}; its containers are ${names.join(", ")}`,
            );
        }
        const images = containers.map((each) => ({ ...each, live: liveImage(live, each.container) }));
        return {
            pinned: { namespace, deployment: name, containers: patch.containers },
            // Before the pin stands there for the first time, nobody can have gone behind it.
            behind: isManagedBy(live, PIN_MANAGER)
                ? images.flatMap(({ live: now, image }) => behindThePin(pin, where, now, image))
                : [],
            settled: images.every(({ live: now, image }) => now?.image === image),
        };
    } catch (error) {
        return fail(`${where} cannot be read: ${wordsOf(error)}`);
    }
}

/** Somebody rolled another image although the application is pinned; an `up` will set it back. */
function behindThePin({ app, sha }: AppPin, where: string, live: LiveImage | undefined, image: string): string[] {
    if (!live || live.image === image || live.setBy === PIN_MANAGER) return [];
    const since = live.since ? ` since ${live.since.toISOString()}` : "";
    return [
        `cicd:apps.${app}.sha: an image was changed behind the pin: ${where} has ${live.image}${since}, set by ${live.setBy ?? "somebody"}; ` +
            `an update with --refresh sets it back to ${sha}. To keep it: cicd adopt-images ${app}`,
    ];
}

interface ImageTrouble {
    readonly words: string;
    /** Nobody is told more without a login. */
    readonly needsLogin?: true;
}

/** Why an image must not be rolled out, or nothing. */
async function imageTrouble(image: string, registries: PinSources["registries"]): Promise<ImageTrouble | undefined> {
    const colon = image.lastIndexOf(":");
    const [name, tag] = [image.slice(0, colon), image.slice(colon + 1)];
    const state = await registries.tag(name, tag);
    if ("unclear" in state) {
        const { unclear, needsLogin } = state;
        return { words: `${image} cannot be looked up: ${unclear}`, ...(needsLogin && { needsLogin }) };
    }
    if (!state.found) {
        const tags = await registries.tags(name).catch(() => []);
        const nearest = nearestTags(tag, tags);
        const others =
            nearest.length > 0 ? `the nearest tags are ${nearest.join(", ")}` : "it has no tag of 8 hex characters";
        return { words: `${image} is not in the registry; ${others}` };
    }
    if (runsOnNodes(state)) return undefined;
    return { words: `${image} has no linux/amd64 image, only ${state.platforms?.join(", ") || "none"}` };
}
