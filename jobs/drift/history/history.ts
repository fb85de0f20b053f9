import * as z from "zod";
import { PlainError } from "../../lib/errors.js";
import type { Finding, StackResult, StackState } from "../finding.js";

const seconds = z.int().nonnegative();

const entry = z.strictObject({
    stack: z.string(),
    name: z.string(),
    cause: z.string(),
    seenBy: z.enum(["engine", "audit"]).optional(),
    /** How much is wrong with the resource. */
    size: z.int().nonnegative(),
    firstSeen: seconds,
    lastSeen: seconds,
    /** It is on the list of what is expected. */
    expected: z.boolean().optional(),
    /** Gone, but nobody was told yet. */
    resolved: seconds.optional(),
    /** When people were told last, and of how much. */
    told: z.strictObject({ at: seconds, size: z.int().nonnegative() }).optional(),
});

const stackEntry = z.strictObject({
    state: z.enum(["clean", "drift", "error"]),
    /** Since when it has been in this state. */
    since: seconds,
    lastRun: seconds,
    /** The last run that could tell. */
    lastTold: seconds.optional(),
    /** An error that people were told of, and when. */
    toldError: seconds.optional(),
});

const schema = z.strictObject({
    version: z.literal(1),
    stacks: z.record(z.string(), stackEntry),
    findings: z.record(z.string(), entry),
});

/** What is remembered from run to run; times in seconds since the epoch. */
export type History = z.output<typeof schema>;
export type HistoryEntry = z.output<typeof entry>;

export const emptyHistory: History = { version: 1, stacks: {}, findings: {} };

/** Findings that are remembered; a store holds a megabyte, and an entry is some 200 bytes before it is compressed. */
export const MAX_FINDINGS = 5000;

/** @param place names the store in the message @throws PlainError, for what cannot be read must not be overwritten */
export function parseHistory(text: string, place: string): History {
    let document: unknown;
    try {
        document = JSON.parse(text);
    } catch {
        throw new PlainError(`${place}: is not JSON; mend it or move it away, the ages in it are kept nowhere else`);
    }
    const parsed = schema.safeParse(document);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new PlainError(`${place}: is not a drift history of version 1 (${issue?.path.join(".")}: ${issue?.message})`);
}

/** What a run looked at. */
export interface Scope {
    /** Others look at more: what this one does not look at is not its business. */
    readonly isPartial: boolean;
    /** Whether it looked at what the engine does not see. */
    readonly audit: boolean;
}

const everything: Scope = { isPartial: false, audit: true };

/**
 * What is remembered after a run.
 *
 * A stack that could not be looked at keeps its findings: that nothing was seen of them says nothing. A stack that is
 * no longer looked at is forgotten.
 */
export function advance(
    history: History,
    results: readonly StackResult[],
    now: number,
    { isPartial, audit }: Scope = everything,
): History {
    const findings: Record<string, HistoryEntry> = {};
    const looked = new Map(results.map((result) => [result.stack, result]));
    for (const [id, old] of Object.entries(history.findings)) {
        const result = looked.get(old.stack);
        if (isPartial && (!result || (!audit && old.seenBy !== "engine"))) findings[id] = old;
        else if (!result) continue;
        else if (result.state === "error" || old.resolved !== undefined) findings[id] = old;
        else if (old.told) findings[id] = { ...old, resolved: now };
    }
    for (const { findings: seen, expected } of results) {
        // What cannot be read is an error of the stack, not something that stands.
        for (const each of seen.filter(({ cause }) => cause !== "unreadable"))
            findings[each.id] = seenAgain(history.findings[each.id], each, now, false);
        for (const each of expected) {
            const { finding } = each;
            findings[finding.id] = seenAgain(history.findings[finding.id], finding, now, true);
        }
    }
    const stacks = results.map(({ stack, state }) => [stack, nextStack(history.stacks[stack], state, now)]);
    return {
        version: 1,
        stacks: { ...(isPartial && history.stacks), ...Object.fromEntries(stacks) },
        findings: bounded(findings),
    };
}

function seenAgain(old: HistoryEntry | undefined, each: Finding, now: number, expected: boolean): HistoryEntry {
    const known = old && old.resolved === undefined ? old : undefined;
    return {
        stack: each.stack,
        name: each.name,
        cause: each.cause,
        seenBy: each.seenBy,
        size: Math.max(1, each.differences.length),
        firstSeen: known?.firstSeen ?? now,
        lastSeen: now,
        ...(expected && { expected }),
        // What was told and became expected is told again when it no longer is.
        ...(known?.told && !expected && { told: known.told }),
    };
}

function nextStack(old: History["stacks"][string] | undefined, state: StackState, now: number) {
    const { toldError, lastTold } = old ?? {};
    const told = state === "error" ? lastTold : now;
    return {
        state,
        since: old?.state === state ? old.since : now,
        lastRun: now,
        ...(told !== undefined && { lastTold: told }),
        ...(toldError !== undefined && { toldError }),
    };
}

/** The oldest are kept: their age is what cannot be found out again. */
function bounded(findings: Record<string, HistoryEntry>): Record<string, HistoryEntry> {
    const entries = Object.entries(findings);
    if (entries.length <= MAX_FINDINGS) return findings;
    return Object.fromEntries(entries.sort(([, a], [, b]) => a.firstSeen - b.firstSeen).slice(0, MAX_FINDINGS));
}

/** When a finding was first seen; now, for one that is not remembered; nothing without a history. */
export function firstSeen(history: History | undefined, id: string, now: number): number | undefined {
    return history && (history.findings[id]?.firstSeen ?? now);
}

/** Findings that stand, by stack: seen, neither gone nor expected; of a stack in error those of before. */
export function openEntries(history: History | undefined, stack: string): HistoryEntry[] {
    return Object.values(history?.findings ?? {}).filter(
        (each) => each.stack === stack && !each.expected && each.resolved === undefined,
    );
}
