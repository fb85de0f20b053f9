import type { ImageRow } from "../commands/images.js";

/** The newest deploy of an application that Woodpecker knows. */
export interface LastDeploy {
    /** Of the pipeline. */
    readonly number: number;
    readonly status: string;
    readonly tag?: string | undefined;
    /** ISO 8601. */
    readonly at: string;
    readonly url: string;
}

export interface AppStatus {
    readonly app: string;
    readonly repository: string;
    readonly containers: readonly ImageRow[];
    readonly lastDeploy?: LastDeploy | undefined;
    /** What the integrity probe says of its images; undefined where it does not walk their registry. */
    readonly brokenImages?: readonly string[] | undefined;
}

/** What a program in the cluster last reported; `at` is ISO 8601. */
export interface Reported {
    readonly what: "integrity" | "secrets" | "drift";
    readonly state: "fine" | "wrong";
    readonly words: string;
    readonly at?: string | undefined;
}

/** The pipeline on one page. */
export interface PipelineStatus {
    readonly stack: string;
    /** ISO 8601. */
    readonly at: string;
    readonly apps: readonly AppStatus[];
    readonly reported: readonly Reported[];
    /** What could not be told, and why. */
    readonly unknown: readonly string[];
}

export type Mark = "fine" | "wrong" | "unknown";

/** How an application is, in the one word that a page is coloured by. */
export function markOf({ containers, lastDeploy, brokenImages }: AppStatus): Mark {
    if (containers.some(({ state }) => state === "behind the pin" || state === "not there")) return "wrong";
    if (lastDeploy && !["success", "running", "pending"].includes(lastDeploy.status)) return "wrong";
    if (brokenImages && brokenImages.length > 0) return "wrong";
    return containers.length === 0 ? "unknown" : "fine";
}

/** 2: something is not as it should be; else 1: something could not be told; else 0. */
export function exitCodeOf({ apps, reported, unknown }: PipelineStatus): 0 | 1 | 2 {
    if (apps.some((app) => markOf(app) === "wrong") || reported.some(({ state }) => state === "wrong")) return 2;
    return unknown.length > 0 ? 1 : 0;
}

/** The tags of a column, once where all containers have the same. */
export function tagsOf(containers: readonly ImageRow[], column: "declared" | "live" | "newest"): string {
    const tags = [...new Set(containers.map((row) => row[column] ?? "-"))];
    return tags.join(", ") || "?";
}
