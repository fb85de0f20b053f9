import { cronFields } from "../../config/schedules.js";
import { runNumber, SAMPLE_PARTS } from "../../jobs/integrity-probe/rotation.js";

/** A year with a 29th of February; what takes longer than it counts as long as it. */
const START = Date.UTC(2024, 0, 1);
const DAYS = 366;
const DAY_MINUTES = 24 * 60;
const YEAR_MINUTES = DAYS * DAY_MINUTES;

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
    const runs = runMinutes(schedule);
    const looks = Array.from({ length: SAMPLE_PARTS }, (_, part) =>
        runs.filter((minute) => (first + minute) % SAMPLE_PARTS === part),
    );
    return Math.max(...looks.map(longestPause)) + longestPause(runs);
}

/** When a schedule has runs, in minutes from the beginning of the year. */
export function runMinutes(schedule: string): number[] {
    const [minutes = [], hours = [], days = [], months = [], weekdays = []] = cronFields(schedule);
    const [, , day, , weekday] = schedule.split(" ");
    return Array.from({ length: DAYS }, (_, index) => index).flatMap((index) => {
        const date = new Date(START + index * DAY_MINUTES * 60_000);
        const [byDay, byWeekday] = [days.includes(date.getUTCDate()), weekdays.includes(date.getUTCDay())];
        // cron: where both are given, one of them is enough
        const today = day === "*" || weekday === "*" ? byDay && byWeekday : byDay || byWeekday;
        if (!today || !months.includes(date.getUTCMonth() + 1)) return [];
        return hours.flatMap((h) => minutes.map((m) => index * DAY_MINUTES + h * 60 + m));
    });
}

function longestPause(minutes: readonly number[]): number {
    return [...minutes, YEAR_MINUTES].reduce(
        ({ longest, before }, minute) => ({ longest: Math.max(longest, minute - before), before: minute }),
        { longest: 0, before: 0 },
    ).longest;
}
