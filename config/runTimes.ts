import { cronFields } from "./schedules.js";

export const DAY_MINUTES = 24 * 60;
/** With a 29th of February; what takes longer than it counts as long as it. */
export const YEAR_MINUTES = 366 * DAY_MINUTES;

/** Three years, so that a pause over the end of one is seen whole, with and without a 29th of February in it. */
const START = Date.UTC(2023, 0, 1);
const DAYS = 3 * 365 + 1;

/**
 * The longest time between two runs of a schedule, by days and times of the day: there may be a run a minute.
 *
 * @param schedule five cron fields
 * @returns minutes
 */
export function longestPause(schedule: string): number {
    const days = runDays(schedule, START, DAYS);
    const times = runTimes(schedule);
    const overnight = (times[0] ?? 0) + DAY_MINUTES - (times.at(-1) ?? 0);
    const pauses = [
        ...pausesBetween(times),
        ...pausesBetween(days).map((apart) => (apart - 1) * DAY_MINUTES + overnight),
    ];
    // Not twice in three years: the next one is far.
    return days.length < 2 ? YEAR_MINUTES : Math.max(...pauses);
}

/**
 * On which days a schedule has runs.
 *
 * @param schedule five cron fields
 * @param start of the first day, milliseconds since the epoch
 * @param count how many days to look at
 * @returns their numbers, from 0
 */
export function runDays(schedule: string, start: number, count: number): number[] {
    const [, , days = [], months = [], weekdays = []] = cronFields(schedule);
    const [, , day, , weekday] = schedule.split(" ");
    return Array.from({ length: count }, (_, index) => index).filter((index) => {
        const date = new Date(start + index * DAY_MINUTES * 60_000);
        const [byDay, byWeekday] = [days.includes(date.getUTCDate()), weekdays.includes(date.getUTCDay())];
        // cron: where both are given, one of them is enough
        const today = day === "*" || weekday === "*" ? byDay && byWeekday : byDay || byWeekday;
        return today && months.includes(date.getUTCMonth() + 1);
    });
}

/** At which minutes of such a day it has them. */
export function runTimes(schedule: string): number[] {
    const [minutes = [], hours = []] = cronFields(schedule);
    return hours.flatMap((hour) => minutes.map((minute) => hour * 60 + minute));
}

function pausesBetween(times: readonly number[]): number[] {
    return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}
