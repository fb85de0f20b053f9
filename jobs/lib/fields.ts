import * as z from "zod";

/** A whole number within bounds, e.g. seconds or a count. */
export function wholeNumber(least: number, most: number) {
    const allowed = `is not a whole number from ${least} to ${most}`;
    return z
        .string()
        .regex(/^\d{1,15}$/, allowed)
        .transform(Number)
        .refine((value) => value >= least && value <= most, allowed);
}

/** A day of the calendar; others, such as 2027-02-30, would never come or come as another. */
export const calendarDay = z.string().refine((text) => {
    const time = Date.parse(`${text}T00:00:00Z`);
    return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}, "is not a day, as 2027-01-31");

/** Address of an HTTP service, without credentials, query or fragment; a path is kept as a prefix. */
export const serviceUrl = z
    .string("is missing")
    .refine((text) => parsedUrl(text) !== undefined, {
        error: "is not an http:// or https:// address without credentials, query or fragment",
    })
    .transform((text) => new URL(text.endsWith("/") ? text : `${text}/`))
    // an address with credentials in it must not be repeated in a message
    .meta({ secret: true });

function parsedUrl(text: string): URL | undefined {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const plain = url && !url.username && !url.password && !url.search && !url.hash;
    return plain && ["http:", "https:"].includes(url.protocol) && url.hostname ? url : undefined;
}

/**
 * Reads a JSON document that a variable holds.
 *
 * @param problems gets what is wrong with it, each with its place
 */
export function parseDocument<S extends z.ZodType>(
    variable: string,
    text: string,
    schema: S,
    problems: string[],
): z.output<S> | undefined {
    let document: unknown;
    try {
        document = JSON.parse(text);
    } catch {
        problems.push(`${variable}: is not JSON`);
        return undefined;
    }
    const parsed = schema.safeParse(document);
    if (parsed.success) return parsed.data;
    problems.push(...parsed.error.issues.map(({ path, message }) => `${variable} ${path.join(".")}: ${message}`));
    return undefined;
}
