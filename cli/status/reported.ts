import { driftStaleAfterSeconds } from "../../config/drift.js";
import type { Settings } from "../../config/settings.js";
import { staleAfterSeconds } from "../../config/stale.js";
import { age } from "../commands/images.js";
import { groupsOf, series, walksOf } from "../doctor/pushed.js";
import type { PushedGroup } from "../doctor/world.js";
import type { Reported } from "./status.js";

/** What the Pushgateways hold; undefined where one was not asked, or gave no answer. */
export type Pushed = { readonly [What in Reported["what"]]?: readonly PushedGroup[] | undefined };

type Reporters = Pick<Settings, "integrityProbe" | "secretSync" | "infra" | "drift" | "woodpecker">;

const INTEGRITY = "registry_manifest_integrity";

/**
 * What each program that is declared to report said last, and whether that still counts.
 *
 * @param stack its short name
 * @param now seconds since the epoch
 */
export function reportedOf(settings: Reporters, pushed: Pushed, stack: string, now: number): Reported[] {
    const { integrityProbe, secretSync, infra } = settings;
    const reports: Reported[] = [];
    if (integrityProbe && pushed.integrity) {
        const { faults, at } = walkFaults(settings, pushed.integrity, now);
        const failures = failuresOf(walksOf(integrityProbe, pushed.integrity));
        const broken = failures === 0 ? [] : [`${failures} manifests or blobs are broken`];
        reports.push(report("integrity", [...broken, ...faults], "every image is whole", at));
    }
    if (secretSync && pushed.secrets) {
        const groups = groupsOf(pushed.secrets, "secret-sync", secretSync.instance);
        const staleAfter = staleAfterSeconds("secretSync", secretSync);
        const { faults, at } = silence(groups, "secret_sync_last_run_timestamp_seconds", { staleAfter, now });
        const failed = valuesOf(groups, "secret_sync_success").includes(0) ? ["the last run failed"] : [];
        const managed = sum(valuesOf(groups, "secret_sync_managed"));
        reports.push(report("secrets", [...failed, ...faults], `${managed} secrets are as in Vault`, at));
    }
    if (infra?.pipelines["drift-detection"]?.stacks.includes(stack) && pushed.drift) {
        const groups = groupsOf(pushed.drift, "drift-detection", undefined);
        const staleAfter = driftStaleAfterSeconds(settings);
        const { faults, at } = silence(groups, "drift_detection_last_run_timestamp", { staleAfter, now });
        reports.push(report("drift", [...driftFaults(groups, stack), ...faults], "nothing has drifted", at));
    }
    return reports;
}

/** Why the probe's finding nothing does not mean that there is nothing; and when the oldest of its walks ended. */
export function walkFaults(settings: Reporters, groups: readonly PushedGroup[], now: number): Silence {
    const { integrityProbe: probe } = settings;
    const shards = probe?.shards ?? 1;
    const walks = walksOf(probe, groups);
    const staleAfter = probe ? staleAfterSeconds("integrityProbe", probe) : 0;
    const { faults, at } = silence(walks, `${INTEGRITY}_last_run_timestamp`, { staleAfter, now, shards });
    const blind = valuesOf(walks, `${INTEGRITY}_catalog_accessible`).includes(0);
    const cut = !blind && valuesOf(walks, `${INTEGRITY}_complete`).includes(0);
    return {
        faults: [
            ...(blind ? ["the repositories of the registry cannot be listed"] : []),
            ...(cut ? ["the last walk was not complete"] : []),
            ...faults,
        ],
        at,
    };
}

interface Silence {
    readonly faults: readonly string[];
    /** ISO 8601. */
    readonly at: string | undefined;
}

/** Whether a program's word is too old to count. @param lastRun family that holds the time of its last run */
function silence(
    groups: readonly PushedGroup[],
    lastRun: string,
    { staleAfter, now, shards = 1 }: { readonly staleAfter: number; readonly now: number; readonly shards?: number },
): Silence {
    const times = valuesOf(groups, lastRun);
    if (times.length === 0) return { faults: ["has never reported"], at: undefined };
    const oldest = Math.min(...times);
    const missing = shards - times.length;
    return {
        faults: [
            ...(missing > 0 ? [`${missing} of ${shards} shards have never reported`] : []),
            ...(now - oldest > staleAfter ? [`has not reported for ${age((now - oldest) * 1000)}`] : []),
        ],
        at: new Date(oldest * 1000).toISOString(),
    };
}

function failuresOf(walks: readonly PushedGroup[]): number {
    const named = walks.flatMap((group) => series(group, `${INTEGRITY}_failure_info`)).length;
    return Math.max(named, sum(valuesOf(walks, `${INTEGRITY}_failures`)));
}

function driftFaults(groups: readonly PushedGroup[], stack: string): string[] {
    const states = groups.flatMap((group) => series(group, "drift_stack_state"));
    const own = states.find(({ labels }) => labels.stack === stack);
    if (own === undefined) return groups.length === 0 ? [] : [`the last run did not look at ${stack}`];
    return own.value === 0
        ? []
        : [own.value === 1 ? "something has drifted" : "the last run could not tell whether anything has drifted"];
}

function report(what: Reported["what"], faults: readonly string[], fine: string, at: string | undefined): Reported {
    return { what, state: faults.length === 0 ? "fine" : "wrong", words: faults.join("; ") || fine, at };
}

const valuesOf = (groups: readonly PushedGroup[], family: string) =>
    groups.flatMap((group) => series(group, family)).map(({ value }) => value);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
