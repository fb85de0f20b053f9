import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Tells whether a value was changed without keeping it: salted, so that equal values do not look alike. */
export function fingerprint(value: string, salt = randomBytes(16).toString("base64url")): string {
    return `${salt}.${createHmac("sha256", salt).update(value).digest("base64url")}`;
}

export function matches(known: unknown, value: string): boolean {
    if (typeof known !== "string") return false;
    const expected = Buffer.from(fingerprint(value, known.split(".")[0]));
    const actual = Buffer.from(known);
    return actual.length === expected.length && timingSafeEqual(actual, expected);
}
