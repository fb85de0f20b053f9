/**
 * How bad it is: `broken` fails now or at the next use, `warning` will, `unknown` could not be looked at.
 */
export type Severity = "broken" | "warning" | "unknown";

/** Something that is not as it should be, and how to mend it. */
export interface Finding {
    readonly severity: Severity;
    /** What was looked at. */
    readonly subject: string;
    /** What was found there. */
    readonly found: string;
    /** A command line, or what else to do. */
    readonly mend: string;
}

/** What one check has seen. */
export interface Examination {
    /** Everything it looked at, sound or not. */
    readonly looked: readonly string[];
    readonly findings: readonly Finding[];
}

export const broken = (subject: string, found: string, mend: string): Finding => ({
    severity: "broken",
    subject,
    found,
    mend,
});

export const warning = (subject: string, found: string, mend: string): Finding => ({
    severity: "warning",
    subject,
    found,
    mend,
});
