import { createHash } from "node:crypto";

/** A prime, so that runs at any sensible interval take turns through all parts. */
export const SAMPLE_PARTS = 23;

/**
 * Number of a run, by the clock: pods keep nothing from one run to the next.
 *
 * @param time milliseconds since the epoch
 */
export function runNumber(time: number): number {
    return Math.floor(time / 60_000);
}

/**
 * The list from another place on for every run, so that what a budget leaves out this time comes first some other
 * time. Steps of the golden ratio spread the starting places evenly, however many runs there are.
 */
export function rotated<T>(list: readonly T[], run: number): T[] {
    const start = Math.floor(((run * 0.6180339887498949) % 1) * list.length);
    return [...list.slice(start), ...list.slice(0, start)];
}

/** Whether a blob is among the 1/23 that this run looks at. */
export function inSample(digest: string, run: number): boolean {
    const hex = digest.slice(digest.indexOf(":") + 1, digest.indexOf(":") + 9);
    return Number.parseInt(hex, 16) % SAMPLE_PARTS === run % SAMPLE_PARTS;
}

/** One of several processes that share a registry, each repository belonging to exactly one. */
export interface Shard {
    /** From 0. */
    readonly index: number;
    readonly count: number;
}

export function belongsTo(repository: string, { index, count }: Shard): boolean {
    return createHash("sha256").update(repository).digest().readUInt32BE() % count === index;
}
