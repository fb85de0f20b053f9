import type { Accepted } from "./recipe.js";

/** Whether `version` lies in the range; parts that are not numbers end the comparison. */
export function isAccepted(version: string, { atLeast = "0", below }: Accepted): boolean {
    return compareVersions(version, atLeast) >= 0 && (below === undefined || compareVersions(version, below) < 0);
}

/** Negative, zero or positive, as in `Array.sort`; missing parts count as 0. */
export function compareVersions(one: string, other: string): number {
    const parts = (text: string) => text.split(".").map((part) => Number.parseInt(part, 10) || 0);
    const [left, right] = [parts(one), parts(other)];
    for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
        const difference = (left[index] ?? 0) - (right[index] ?? 0);
        if (difference !== 0) return difference;
    }
    return 0;
}

/** The first thing in a program's output that looks like a version. */
export function versionIn(output: string): string | undefined {
    return output.match(/\d+\.\d+(?:\.\d+)?/)?.[0];
}
