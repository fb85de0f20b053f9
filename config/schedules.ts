import { z } from "zod";

/** A field of a cron expression, and the numbers it may hold. */
interface CronPart {
    readonly name: string;
    readonly least: number;
    readonly most: number;
}

const cronParts: readonly CronPart[] = [
    { name: "minute", least: 0, most: 59 },
    { name: "hour", least: 0, most: 23 },
    { name: "day of the month", least: 1, most: 31 },
    { name: "month", least: 1, most: 12 },
    // Sunday is 0: Kubernetes and Woodpecker refuse the 7 that other crons take.
    { name: "day of the week", least: 0, most: 6 },
];

const cronItem = /^(?:\*|(?<from>\d+)(?:-(?<to>\d+))?)(?:\/(?<step>\d+))?$/;

/** Five fields of a cron expression as Kubernetes and Woodpecker read it, held to numbers, lists, ranges and steps. */
export const cronSchedule = z.string().superRefine((schedule, context) => {
    const fields = schedule.split(" ");
    const complain = (message: string) => context.addIssue({ code: "custom", message });
    if (fields.length !== cronParts.length || !fields.every((field) => /^[\d*,/-]+$/.test(field)))
        return complain("is not a schedule of five cron fields, in numbers");
    for (const [i, part] of cronParts.entries()) {
        const field = fields[i] ?? "";
        if (cronValues(field, part) !== undefined) continue;
        complain(`has "${field}" as its ${part.name}, where numbers from ${part.least} to ${part.most} can stand`);
    }
});

/**
 * The numbers that each field of a {@link cronSchedule} stands for, in order: minutes, hours, days of the month, months,
 * days of the week.
 */
export function cronFields(schedule: string): number[][] {
    const fields = schedule.split(" ");
    return cronParts.map((part, i) => cronValues(fields[i] ?? "", part) ?? []);
}

/** Of a field such as `*`, `1,15`, `8-18` or `5-59/15`; nothing for one that is none. */
function cronValues(text: string, { least, most }: CronPart): number[] | undefined {
    const values = new Set<number>();
    for (const item of text.split(",")) {
        const found = cronItem.exec(item)?.groups;
        if (!found) return undefined;
        const from = Number(found.from ?? least);
        // A number alone stands for itself, one with a step for all from there on.
        const isAlone = found.from !== undefined && found.step === undefined;
        const to = Number(found.to ?? (isAlone ? from : most));
        const step = Number(found.step ?? 1);
        if (from < least || from > to || to > most || step === 0) return undefined;
        for (let value = from; value <= to; value += step) values.add(value);
    }
    return [...values].sort((a, b) => a - b);
}

const weekday = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const ofDate = "(?:\\*|\\d{2}(?:,\\d{2})*)";
const hour = "(?:[01]\\d|2[0-3])";
const systemdTime = new RegExp(
    `^(?:${weekday}(?:(?:,|\\.\\.)${weekday})* )?\\*-${ofDate}-${ofDate} ${hour}(?:,${hour})*:[0-5]\\d$`,
);

/** `OnCalendar` of a systemd timer, in its long form: days of the week, a date, a time. */
export const calendarTime = z
    .string()
    .regex(systemdTime, "is not a time of systemd.timer in its long form, such as Sun *-*-* 03:00");
