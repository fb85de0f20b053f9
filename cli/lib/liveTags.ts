import type { V1Deployment, V1ReplicaSet } from "@kubernetes/client-node";
import type { Cluster } from "../../components/release/cluster.js";
import { type LiveImage, liveImage, tagOf } from "../../components/release/liveDeployment.js";
import type { App, AppDeployment } from "../../config/settings.js";
import { PlainError } from "../../jobs/lib/errors.js";

/** One container of an application, as it runs. */
export interface LiveContainer extends AppDeployment {
    /** Absent when the Deployment or the container is not there. */
    readonly live?: LiveImage;
    /** Absent when another image than the application's runs there, or one without a tag. */
    readonly tag?: string;
}

const REVISION = "deployment.kubernetes.io/revision";
const SHORT_SHA = /^[0-9a-f]{8}$/;

/** Every container of an application, as it runs. @throws Error that says what the cluster said */
export async function liveContainers(app: App, cluster: Cluster): Promise<LiveContainer[]> {
    return Promise.all(
        app.deployments.map(async (place) => {
            const deployment = await cluster.deployment(place.namespace, place.deployment);
            const live = deployment && liveImage(deployment, place.container);
            const tag = live && tagOf(live.image, place.image);
            return { ...place, ...(live && { live }), ...(tag && { tag }) };
        }),
    );
}

/** The one tag that all of an application's containers run. @throws PlainError where there is none */
export function commonTag(app: string, containers: readonly LiveContainer[]): string {
    const lines = containers.map(
        ({ namespace, deployment, container, live, tag }) =>
            `${namespace}/${deployment}/${container} ${live ? (tag ?? `another image, ${live.image}`) : "is not there"}`,
    );
    const tags = new Set(containers.map(({ tag }) => tag));
    const [tag] = tags;
    if (tags.size > 1 || tag === undefined) {
        throw new PlainError(`${app}: its containers have no tag in common: ${lines.join("; ")}`);
    }
    if (!SHORT_SHA.test(tag)) throw new PlainError(`${app}: runs tag ${tag}, which is not 8 lower-case hex characters`);
    return tag;
}

/**
 * The tag that ran before the one that runs now, by what the Deployments remember of themselves.
 *
 * @throws PlainError where they remember none, or not the same one
 */
export async function previousTag(app: App, cluster: Cluster): Promise<string> {
    const places = await Promise.all(
        app.deployments.map(async (place) => {
            const { namespace, deployment: name } = place;
            const where = `${namespace}/${name}/${place.container}`;
            const deployment = await cluster.deployment(namespace, name);
            if (!deployment) throw new PlainError(`${app.name}: Deployment ${namespace}/${name} does not exist`);
            const { replicaSets } = await cluster.rollout(namespace);
            return { where, tag: earlierTag(deployment, replicaSets, place) };
        }),
    );
    const tags = new Set(places.map(({ tag }) => tag));
    const [tag] = tags;
    if (tags.size === 1 && tag !== undefined) return tag;
    const lines = places.map((place) => `${place.where} ${place.tag ?? "none"}`);
    const next = `name a tag: cicd roll ${app.name} <sha>`;
    throw new PlainError(
        `${app.name}: there is no earlier tag that all its containers ran (${lines.join("; ")}); ${next}`,
    );
}

/** Of the newest revision with another tag than the live one. */
export function earlierTag(
    deployment: V1Deployment,
    replicaSets: readonly V1ReplicaSet[],
    { container, image }: AppDeployment,
): string | undefined {
    const now = liveImage(deployment, container);
    return replicaSets
        .filter(({ metadata }) => metadata?.ownerReferences?.some(({ uid }) => uid === deployment.metadata?.uid))
        .sort((a, b) => revisionOf(b) - revisionOf(a))
        .map(({ spec }) => spec?.template?.spec?.containers.find(({ name }) => name === container)?.image)
        .filter((reference) => reference !== undefined && reference !== now?.image)
        .map((reference) => tagOf(reference ?? "", image))
        .find((tag) => tag !== undefined && SHORT_SHA.test(tag));
}

function revisionOf({ metadata }: V1ReplicaSet): number {
    return Number(metadata?.annotations?.[REVISION] ?? 0);
}
