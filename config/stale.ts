import { longestPause } from "./runTimes.js";
import { cronSchedule } from "./schedules.js";

/** When a job counts as stale at its usual schedule, and at one by which it runs more often. */
const USUAL_SECONDS = { integrityProbe: 3600, secretSync: 46_800, drift: 93_600 } as const;
/** For a run that begins late, and until its metrics are read. */
const LATE_SECONDS = 1800;

/** When a job runs, for how long at most, and what its alerts say of it. */
export interface Job {
    /** Five cron fields; left out where nobody knows. */
    readonly schedule?: string | undefined;
    readonly deadlineSeconds: number;
    readonly alerts?: { readonly staleAfterSeconds?: number | undefined } | undefined;
}

/** Without a complete run for so long a job counts as stale. */
export function staleAfterSeconds(
    name: keyof typeof USUAL_SECONDS,
    { alerts, schedule, deadlineSeconds }: Job,
): number {
    const own = schedule === undefined ? 0 : betweenEnds(schedule, deadlineSeconds) + LATE_SECONDS;
    return alerts?.staleAfterSeconds ?? Math.max(USUAL_SECONDS[name], own);
}

/**
 * What is wrong with a `staleAfterSeconds` at which a job would be stale between two runs that are as they should be.
 *
 * @param keys of the stack file, under which schedule and deadline stand
 * @param told what the deadline's key holds
 * @returns nothing where it will do, or where what stands as schedule is none
 */
export function tooSoonStale(
    { alerts, schedule, deadlineSeconds }: Job,
    keys: { readonly schedule: string; readonly deadline: string },
    told: number,
): string | undefined {
    const given = alerts?.staleAfterSeconds;
    if (given === undefined || !cronSchedule.safeParse(schedule).success || schedule === undefined) return undefined;
    const least = betweenEnds(schedule, deadlineSeconds);
    if (given >= least) return undefined;
    const reason = `is too short for ${keys.schedule} "${schedule}" and ${keys.deadline} ${told}`;
    return `${reason}: set at least ${least}, or leave it out`;
}

/** From the end of one run to the end of the next, at most. */
function betweenEnds(schedule: string, deadlineSeconds: number): number {
    return longestPause(schedule) * 60 + deadlineSeconds;
}
