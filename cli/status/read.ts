import type { App } from "../../config/settings.js";
import { wordsOf } from "../../jobs/lib/errors.js";
import { type ImageRow, imageRows } from "../commands/images.js";
import { openWorld } from "../doctor/openWorld.js";
import { series, walksOf } from "../doctor/pushed.js";
import type { PushedGroup, World } from "../doctor/world.js";
import type { Session } from "../lib/session.js";
import { shortName } from "../lib/stack.js";
import { reportedOf, walkFaults } from "./reported.js";
import type { AppStatus, LastDeploy, PipelineStatus } from "./status.js";

interface Pipeline {
    readonly number: number;
    readonly status: string;
    readonly event: string;
    readonly variables?: Readonly<Record<string, string>>;
    readonly commit: string;
    /** Seconds since the epoch. */
    readonly created: number;
}

const TIMEOUT_MS = 15_000;
const noDeploys: ReadonlyMap<string, LastDeploy> = new Map();

/** Asks everybody at the same time; what does not answer is left open and said. */
export async function readStatus(session: Session): Promise<PipelineStatus> {
    const { name, settings } = await session.stack();
    const world = await openWorld(session, { timeoutMs: TIMEOUT_MS });
    const unknown: string[] = [];
    const orUnknown = async <T>(what: string, otherwise: T, read: () => Promise<T>): Promise<T> => {
        try {
            return await read();
        } catch (error) {
            unknown.push(`${what}: ${wordsOf(error)}`);
            return otherwise;
        }
    };
    const { delivery, integrityProbe, secretSync, infra } = settings;
    const groupsAt = async (what: string, address: string | undefined) =>
        address === undefined
            ? undefined
            : orUnknown<PushedGroup[] | undefined>(what, undefined, () => world.pushgateway(address));
    const [rows, deploys, integrity, secrets, drift] = await Promise.all([
        delivery ? orUnknown<ImageRow[]>("images", [], () => imageRows(session)) : [],
        delivery ? orUnknown("deploys", noDeploys, () => lastDeploys(world)) : noDeploys,
        groupsAt("integrity", integrityProbe?.pushgatewayUrl),
        groupsAt("secrets", secretSync?.pushgatewayUrl),
        groupsAt("drift", infra?.pipelines["drift-detection"]?.pushgatewayUrl),
    ]);
    const now = Date.now();
    const seconds = now / 1000;
    const walks = integrity && {
        groups: walksOf(integrityProbe, integrity),
        areWhole: walkFaults(settings, integrity, seconds).faults.length === 0,
    };
    return {
        stack: name,
        at: new Date(now).toISOString(),
        apps: world.apps.map(
            (app): AppStatus => ({
                app: app.name,
                repository: app.repository.fullName,
                containers: rows.filter((row) => row.app === app.name),
                lastDeploy: deploys.get(app.name),
                brokenImages: integrityProbe && walks && brokenOf(app, walks, new URL(integrityProbe.registryUrl).host),
            }),
        ),
        reported: reportedOf(settings, { integrity, secrets, drift }, shortName(name), seconds),
        unknown,
    };
}

async function lastDeploys(world: World): Promise<ReadonlyMap<string, LastDeploy>> {
    const woodpecker = await world.woodpecker();
    const found = await Promise.all(
        world.apps.map(async ({ name, build, repository }): Promise<[string, LastDeploy][]> => {
            const registered = await woodpecker.find<{ id: number; active: boolean }>(
                `repos/lookup/${repository.fullName}`,
            );
            if (!registered?.active) return [];
            const pipelines = await woodpecker.get<Pipeline[]>(`repos/${registered.id}/pipelines?perPage=50`);
            const last = pipelines.find(
                ({ event, variables }) =>
                    variables?.DEPLOY_APP === name || (build === "woodpecker" && event === "push"),
            );
            if (!last) return [];
            const { number, status, variables, commit, created } = last;
            const url = `${world.settings.woodpecker?.url}/repos/${registered.id}/pipeline/${number}`;
            const tag = variables?.IMAGE_TAG ?? commit.slice(0, 8);
            return [[name, { number, status, tag, at: new Date(created * 1000).toISOString(), url }]];
        }),
    );
    return new Map(found.flat());
}

interface Walks {
    readonly groups: readonly PushedGroup[];
    /** Whether all was looked at, and lately. */
    readonly areWhole: boolean;
}

/** Images of an application that the probe found broken; undefined where it did not look at all of them. */
function brokenOf(app: App, { groups, areWhole }: Walks, host: string): string[] | undefined {
    const prefix = `${host}/`;
    const repositories = app.images
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name }) => name.slice(prefix.length));
    if (repositories.length === 0) return undefined;
    const broken = groups
        .flatMap((group) => series(group, "registry_manifest_integrity_failure_info"))
        .filter(({ labels }) => repositories.includes(labels.repository ?? ""))
        .map(({ labels }) => `${labels.repository}:${labels.tag} ${labels.class}`);
    return broken.length > 0 || areWhole ? broken : undefined;
}
