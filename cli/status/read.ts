import { isCurrentShard } from "../../components/monitoring/shards.js";
import type { App } from "../../config/settings.js";
import { wordsOf } from "../../jobs/lib/errors.js";
import { type ImageRow, imageRows } from "../commands/images.js";
import { series } from "../doctor/checks/registryIntegrity.js";
import { openWorld } from "../doctor/openWorld.js";
import type { PushedGroup, World } from "../doctor/world.js";
import type { Session } from "../lib/session.js";
import type { AppStatus, LastDeploy, PipelineStatus, Reported } from "./status.js";

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
const INTEGRITY = "registry_manifest_integrity";

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
    const { integrityProbe, secretSync, infra } = settings;
    const groupsAt = (address: string | undefined) =>
        address === undefined ? Promise.resolve([]) : world.pushgateway(address);
    const [rows, deploys, probe, sync, drift] = await Promise.all([
        orUnknown<ImageRow[]>("images", [], () => imageRows(session)),
        orUnknown("deploys", new Map<string, LastDeploy>(), () => lastDeploys(world)),
        orUnknown<PushedGroup[]>("integrity", [], () => groupsAt(integrityProbe?.pushgatewayUrl)),
        orUnknown<PushedGroup[]>("secrets", [], () => groupsAt(secretSync?.pushgatewayUrl)),
        orUnknown<PushedGroup[]>("drift", [], () => groupsAt(infra?.pipelines["drift-detection"]?.pushgatewayUrl)),
    ]);
    const own = (groups: readonly PushedGroup[], job: string) => groups.filter(({ labels }) => labels.job === job);
    const walks = own(probe, "registry-integrity-probe").filter(({ labels }) =>
        isCurrentShard(labels.shard, integrityProbe?.shards ?? 1),
    );
    return {
        stack: name,
        at: new Date().toISOString(),
        apps: world.apps.map(
            (app): AppStatus => ({
                app: app.name,
                repository: app.repository.fullName,
                containers: rows.filter((row) => row.app === app.name),
                lastDeploy: deploys.get(app.name),
                brokenImages: integrityProbe && brokenOf(app, walks, new URL(integrityProbe.registryUrl).host),
            }),
        ),
        reported: [
            ...integrityOf(walks),
            ...syncOf(own(sync, "secret-sync")),
            ...driftOf(own(drift, "drift-detection"), name),
        ],
        unknown,
    };
}

async function lastDeploys(world: World): Promise<Map<string, LastDeploy>> {
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

/** Images of an application that the probe found broken; undefined where it walks another registry. */
function brokenOf(app: App, walks: readonly PushedGroup[], host: string): string[] | undefined {
    const prefix = `${host}/`;
    const repositories = app.images
        .filter(({ name }) => name.startsWith(prefix))
        .map(({ name }) => name.slice(prefix.length));
    if (repositories.length === 0 || walks.length === 0) return undefined;
    return walks
        .flatMap((group) => series(group, `${INTEGRITY}_failure_info`))
        .filter(({ labels }) => repositories.includes(labels.repository ?? ""))
        .map(({ labels }) => `${labels.repository}:${labels.tag} ${labels.class}`);
}

function newest(groups: readonly PushedGroup[], family: string): string | undefined {
    const times = groups.flatMap((group) => series(group, family)).map(({ value }) => value);
    return times.length === 0 ? undefined : new Date(Math.max(...times) * 1000).toISOString();
}

const total = (groups: readonly PushedGroup[], family: string) =>
    groups.flatMap((group) => series(group, family)).reduce((sum, { value }) => sum + value, 0);

function integrityOf(walks: readonly PushedGroup[]): Reported[] {
    if (walks.length === 0) return [];
    const named = walks.flatMap((group) => series(group, `${INTEGRITY}_failure_info`)).length;
    const failures = Math.max(named, total(walks, `${INTEGRITY}_failures`));
    const words = failures === 0 ? "every image is whole" : `${failures} manifests or blobs are broken`;
    const at = newest(walks, `${INTEGRITY}_last_run_timestamp`);
    return [{ what: "integrity", state: failures === 0 ? "fine" : "wrong", words, at }];
}

function syncOf(groups: readonly PushedGroup[]): Reported[] {
    if (groups.length === 0) return [];
    const failed = groups.some((group) => series(group, "secret_sync_success").some(({ value }) => value === 0));
    const managed = total(groups, "secret_sync_managed");
    const words = failed ? "the last run failed" : `${managed} secrets are as in Vault`;
    const at = newest(groups, "secret_sync_last_run_timestamp_seconds");
    return [{ what: "secrets", state: failed ? "wrong" : "fine", words, at }];
}

function driftOf(groups: readonly PushedGroup[], stack: string): Reported[] {
    const states = groups.flatMap((group) => series(group, "drift_stack_state"));
    const own = states.find(({ labels }) => labels.stack === stack) ?? states[0];
    if (!own) return [];
    const words = ["nothing has drifted", "something has drifted", "the last run could not tell"][own.value] ?? "";
    const at = newest(groups, "drift_detection_last_run_timestamp");
    return [{ what: "drift", state: own.value === 0 ? "fine" : "wrong", words, at }];
}
