import { z } from "zod";
import { isTimeZone } from "./primitives.js";

/** A part of a point in time, and the numbers it may be. */
interface Part {
    readonly name: string;
    readonly least: number;
    readonly most: number;
}

const minute = { name: "minute", least: 0, most: 59 };
const hour = { name: "hour", least: 0, most: 23 };
const day = { name: "day of the month", least: 1, most: 31 };
const month = { name: "month", least: 1, most: 12 };
/** Sunday is 0: Kubernetes and Woodpecker refuse the 7 that other crons take. */
const weekday = { name: "day of the week", least: 0, most: 6 };
const cronParts: readonly Part[] = [minute, hour, day, month, weekday];

/** Five fields of a cron expression as Kubernetes and Woodpecker read it, held to numbers, lists, ranges and steps. */
export const cronSchedule = z.string().superRefine((schedule, context) => {
    const fields = schedule.split(" ");
    const complain = (message: string) => context.addIssue({ code: "custom", message });
    if (fields.length !== cronParts.length || !fields.every((field) => /^[\d*,/-]+$/.test(field)))
        return complain("is not a schedule of five cron fields, in numbers");
    cronParts.forEach((part, i) => {
        const field = fields[i] ?? "";
        if (isList(field, part, cronItem)) return;
        complain(`has "${field}" as its ${part.name}, where numbers from ${part.least} to ${part.most} can stand`);
    });
});

const cronItem = /^(?:\*|(?<from>\d+)(?:-(?<to>\d+))?)(?:\/(?<step>\d+))?$/;
const calendarItem = /^(?<from>\d+)(?:\.\.(?<to>\d+))?(?:\/(?<step>\d+))?$/;
/** Systemd has fractions of a second. */
const secondItem = /^(?<from>\d+(?:\.\d+)?)(?:\.\.(?<to>\d+(?:\.\d+)?))?(?:\/(?<step>\d+(?:\.\d+)?))?$/;

/** Whether text is a list of items that stay within what a part may be. */
function isList(text: string, { least, most }: Omit<Part, "name">, item: RegExp): boolean {
    return text.split(",").every((each) => {
        const found = item.exec(each)?.groups;
        if (!found) return false;
        const from = Number(found.from ?? least);
        const to = Number(found.to ?? from);
        return from >= least && from <= to && to <= most && Number(found.step ?? 1) > 0;
    });
}

const abbreviations =
    /^(minutely|hourly|daily|weekly|monthly|quarterly|semi-?annually|bi-?annually|yearly|ann?ually)$/i;
const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/** Of two digits it is one of this century or the last. */
const years = [
    { least: 0, most: 99 },
    { least: 1970, most: 2199 },
];

/** `OnCalendar` of a systemd timer, held to characters that need no quoting: weekdays, a date, a time, a time zone. */
export const calendarTime = z
    .string()
    .refine(
        (text) => /^[\w*,./: -]+$/.test(text) && isCalendarTime(text),
        "is not a time as systemd.timer has it, such as Sun *-*-* 03:00",
    );

function isCalendarTime(text: string): boolean {
    const [, before, last = ""] = /^(.*[^ ]) ([^ ]+)$/.exec(text) ?? [];
    const words = (before !== undefined && (isTimeZone(last) || /^utc$/i.test(last)) ? before : text).split(/ +/);
    if (words.length === 1 && abbreviations.test(words[0] ?? "")) return true;
    if (areWeekdays(words[0] ?? "")) words.shift();
    const [first, second] = words;
    if (words.length > 2) return false;
    if (first !== undefined && second !== undefined) return isDate(first) && isTime(second);
    return first === undefined || isDate(first) || isTime(first);
}

/** Names or ranges of them, in full or by three letters; a comma may stand behind the last. */
function areWeekdays(text: string): boolean {
    const numberOf = (name: string | undefined) =>
        weekdays.findIndex((each) => name === each || name === each.slice(0, 3));
    return text
        .toLowerCase()
        .replace(/,$/, "")
        .split(",")
        .every((item) => {
            const [from, to = from, ...more] = item.split(/\.\.|-/);
            return more.length === 0 && numberOf(from) !== -1 && numberOf(from) <= numberOf(to);
        });
}

function isDate(text: string): boolean {
    const [dayField = "", monthField = "", yearField = "*", ...more] = text.split("-").reverse();
    return (
        more.length === 0 &&
        text.includes("-") &&
        fits(dayField, day) &&
        fits(monthField, month) &&
        years.some((each) => fits(yearField, each))
    );
}

function isTime(text: string): boolean {
    const [hourField = "", minuteField = "", secondField = "0", ...more] = text.split(":");
    return (
        more.length === 0 &&
        text.includes(":") &&
        fits(hourField, hour) &&
        fits(minuteField, minute) &&
        fits(secondField, minute, secondItem)
    );
}

const fits = (text: string, bounds: Omit<Part, "name">, item = calendarItem) =>
    text === "*" || isList(text, bounds, item);
