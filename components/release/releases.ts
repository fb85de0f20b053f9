import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App, Release as ReleaseSettings } from "../../config/settings.js";
import { HttpClient } from "../../jobs/lib/http.js";
import { ImageRegistries, type Login } from "../../jobs/lib/registry/image.js";
import { type Cluster, connectCluster } from "./cluster.js";
import { PIN_MANAGER, patchName, releaseName } from "./pins.js";
import { type CheckedPin, type PinnedDeployment, readPins } from "./readPins.js";
import { rolloutReasons } from "./rolloutReasons.js";

/** Pins that were found good, and the cluster they are for. */
export interface GoodPins {
    readonly pins: readonly CheckedPin[];
    readonly cluster: Cluster;
}

/**
 * Looks every pinned image up before anything is declared.
 *
 * @param rolled the applications whose pins are being set, where nothing else is updated
 * @returns nothing where no application is pinned
 * @throws pulumi.RunError with one line for each pin that cannot be rolled out
 */
export async function findPins(
    apps: readonly App[],
    login: Login | undefined,
    rolled: readonly string[] | undefined,
): Promise<GoodPins | undefined> {
    if (!apps.some(({ sha }) => sha !== undefined)) return undefined;
    const http = new HttpClient({ connections: 4 });
    try {
        const cluster = await connectCluster();
        const sources = { registries: new ImageRegistries(http, login), cluster };
        const { pins, warnings, problems } = await readPins(apps, sources, { ...(rolled && { rolled }) });
        for (const warning of warnings) await pulumi.log.warn(warning);
        if (problems.length > 0) {
            const lines = problems.map((problem) => `  ${problem}`);
            throw new pulumi.RunError(
                ["Pinned images cannot be rolled out; nothing was changed:", ...lines].join("\n"),
            );
        }
        return { pins, cluster };
    } finally {
        http.close();
    }
}

export interface ReleasesArgs extends GoodPins {
    readonly release: ReleaseSettings;
}

/** Every pinned application. */
export class Releases extends pulumi.ComponentResource {
    /** Tag by application. */
    readonly pinned: Readonly<Record<string, string>>;

    constructor(name: string, args: ReleasesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:release:Releases", name, {}, opts);
        const explain = explainFailures(args.cluster);
        for (const pin of args.pins) {
            new Release(releaseName(pin.app), { pin, explain, release: args.release }, { parent: this });
        }
        this.pinned = Object.fromEntries(args.pins.map(({ app, sha }) => [app, sha]));
        this.registerOutputs({ pinned: this.pinned });
    }
}

export interface ReleaseArgs {
    readonly pin: CheckedPin;
    readonly release: ReleaseSettings;
    /** Says why a rollout failed. */
    readonly explain: pulumi.ErrorHook;
}

/**
 * One application's pinned images: a patch a Deployment that sets the images of the named containers and nothing else, and
 * waits for the rollout.
 *
 * When the pin goes, the patch leaves the state only: giving the fields up would take the images away.
 */
export class Release extends pulumi.ComponentResource {
    constructor(name: string, { pin, release, explain }: ReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:release:Release", name, {}, opts);
        const timeout = `${release.rolloutSeconds}s`;
        for (const { namespace, deployment, containers } of pin.deployments) {
            new k8s.apps.v1.DeploymentPatch(
                patchName(pin.app, { namespace, deployment }),
                {
                    metadata: {
                        name: deployment,
                        namespace,
                        annotations: {
                            "pulumi.com/patchFieldManager": PIN_MANAGER,
                            // A deploy by CI owns the field too; without force its image would be a conflict.
                            "pulumi.com/patchForce": "true",
                        },
                    },
                    spec: { template: { spec: { containers: containers.map((container) => ({ ...container })) } } },
                },
                {
                    parent: this,
                    // What it was called when two Deployments could have the same name.
                    aliases: [{ name: `${name}-${namespace}-${deployment}` }],
                    retainOnDelete: true,
                    customTimeouts: { create: timeout, update: timeout },
                    hooks: { onError: [explain] },
                },
            );
        }
        this.registerOutputs({ sha: pin.sha });
    }
}

/** The engine's own words end at the pods; why there are none (a quota), only the Deployment knows. */
function explainFailures(cluster: Cluster): pulumi.ErrorHook {
    return new pulumi.ErrorHook("explain-rollout", async ({ newInputs }) => {
        const { name, namespace } = (newInputs?.metadata ?? {}) as { name?: string; namespace?: string };
        if (name === undefined || namespace === undefined) return false;
        const reasons = await failureReasons(cluster, { namespace, deployment: name }).catch(() => []);
        for (const reason of reasons) await pulumi.log.error(`Deployment ${namespace}/${name}: ${reason}`);
        return false;
    });
}

async function failureReasons(
    cluster: Cluster,
    { namespace, deployment }: Pick<PinnedDeployment, "namespace" | "deployment">,
): Promise<string[]> {
    const live = await cluster.deployment(namespace, deployment);
    return live ? rolloutReasons(live, await cluster.rollout(namespace)) : [];
}
