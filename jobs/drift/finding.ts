import { createHash } from "node:crypto";

/** How what is there differs from what is declared. */
export type FindingKind = "changed" | "missing" | "extra" | "unreadable";

/** How it came to that, as far as it can be told; what is grouped in messages. */
export const causes = {
    pin: "image changed behind its pin",
    edited: "changed behind the program's back",
    deleted: "deleted behind the program's back",
    pending: "declared, but not applied yet",
    undeclared: "there without being declared",
    overwritten: "secret overwritten behind the program's back",
    stale: "copy out of date",
    unreadable: "cannot be read",
} as const;

export type Cause = keyof typeof causes;

/** One property that differs; texts are fit to be shown. */
export interface Difference {
    /** For example `spec.rules[1]`. */
    readonly path: string;
    readonly declared?: string;
    readonly live?: string;
}

/** What is wrong with one resource. */
export interface Finding {
    /** The same from run to run, as long as the same thing is wrong with the same resource. */
    readonly id: string;
    readonly stack: string;
    readonly kind: FindingKind;
    readonly cause: Cause;
    /** URN, or an address where the resource is in no state. */
    readonly resource: string;
    /** For example `kubernetes:rbac.authorization.k8s.io/v1:Role`. */
    readonly type: string;
    /** What people call it. */
    readonly name: string;
    readonly seenBy: "engine" | "audit";
    readonly differences: readonly Difference[];
    /** What makes the live state the declared one, and the other way round: commands, or what to edit. */
    readonly accept: string;
    readonly mend: string;
}

export type FindingInput = Omit<Finding, "id">;

export function finding(input: FindingInput): Finding {
    const { stack, resource, kind, cause, seenBy } = input;
    // The engine's cause is a guess that a refresh of the state changes; that must make nothing young.
    const told = seenBy === "engine" ? [stack, resource, kind] : [stack, resource, kind, cause];
    const id = createHash("sha256").update(JSON.stringify(told)).digest("hex").slice(0, 16);
    return { id, ...input };
}

/** In an order that does not depend on who answered first. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
    const key = ({ stack, cause, type, resource }: Finding) => [stack, cause, type, resource].join("\n");
    return findings.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** What came of one stack: an error leaves open whether there is drift. */
export type StackState = "clean" | "drift" | "error";

export interface StackResult {
    readonly stack: string;
    readonly state: StackState;
    /** Confirmed and not expected; with an error, those that were found all the same. */
    readonly findings: readonly Finding[];
    readonly expected: readonly ExpectedFinding[];
    /** Why it could not be told whether there is (more) drift; fit to be shown. */
    readonly errors: readonly string[];
    /** What was looked at, for the report. */
    readonly resources: number;
    readonly durationSeconds: number;
}

export interface ExpectedFinding {
    readonly finding: Finding;
    readonly reason: string;
    /** Day up to which it is expected. */
    readonly until?: string;
}
