import type { Resource } from "./resource.js";

/** Something that a check found. */
export interface Violation {
    /** What it is about: an image, an action, a path. Exceptions name it. */
    readonly subject: string;
    /** One sentence with the place and the value. */
    readonly message: string;
}

/** A subject that a check lets pass, and why. */
export interface Exception {
    readonly subject: string;
    readonly reason: string;
}

export type Severity = "low" | "medium" | "high" | "critical";

/** One decision of the pipeline, as a question to each resource. */
export interface Check {
    /** Name of the policy, as pack configuration and reports have it. */
    readonly name: string;
    /** The rule, in one sentence. */
    readonly description: string;
    /** What happens where it is broken. */
    readonly why: string;
    /** What to do about a violation. */
    readonly remedy: string;
    readonly severity: Severity;
    /** Exceptions that hold unless the pack's configuration has its own list. */
    readonly allow?: readonly Exception[];
    /** Whether it must know which values are marked secret. @default false */
    readonly looksAtSecrets?: boolean;
    /** @returns nothing for a resource that the rule is not about */
    readonly find: (resource: Resource) => Violation[];
}
