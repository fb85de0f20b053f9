import { DAY_MINUTES, longestPause, runDays, runTimes, YEAR_MINUTES } from "../../config/runTimes.js";
import { runNumber, SAMPLE_PARTS } from "../../jobs/integrity-probe/rotation.js";

/** A year with a 29th of February. */
const START = Date.UTC(2024, 0, 1);

/**
 * The longest time between two looks of the probe at one blob, where each run takes a sample, and the time of one run
 * more, for a look that comes late.
 *
 * By the times of the runs, not by their number: where these are not evenly spread, 23 of them do not see everything.
 *
 * @param schedule five cron fields
 * @returns minutes
 */
export function blobRotation(schedule: string): number {
    const first = runNumber(START);
    const looks = Array.from({ length: SAMPLE_PARTS }, (): number[] => []);
    for (const minute of runMinutes(schedule)) looks[(first + minute) % SAMPLE_PARTS]?.push(minute);
    return Math.max(...looks.map((minutes) => longestSpan(minutes, 1))) + longestPause(schedule);
}

/**
 * The longest that so many runs in a row take, each with the pause after it.
 *
 * @param schedule five cron fields
 * @returns minutes
 */
export function runsSpan(schedule: string, count: number): number {
    return longestSpan(runMinutes(schedule), count);
}

/** When a schedule has runs, in minutes from the beginning of the year. */
export function runMinutes(schedule: string): number[] {
    const times = runTimes(schedule);
    return runDays(schedule, START, YEAR_MINUTES / DAY_MINUTES).flatMap((day) =>
        times.map((time) => day * DAY_MINUTES + time),
    );
}

/** The longest from one of these minutes to the one that is so many later, beginning and end of the year among them. */
function longestSpan(minutes: readonly number[], count: number): number {
    const all = [0, ...minutes, YEAR_MINUTES];
    return all.reduce((longest, minute, i) => Math.max(longest, (all[i + count] ?? YEAR_MINUTES) - minute), 0);
}
