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
    /** What the integrity probe says of its images; undefined where it did not look at all of them lately. */
    readonly brokenImages?: readonly string[] | undefined;
}

/** What a program last reported, or that it is silent; `at` is ISO 8601. */
export interface Reported {
    readonly what: "integrity" | "secrets" | "drift";
    readonly state: "fine" | "wrong";
    readonly words: string;
    readonly at?: string | undefined;
}

/** What people call the programs that report. */
export const TITLES = { integrity: "registry", secrets: "secret sync", drift: "drift" } as const;

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

/** Why an application is not as it should be; nothing where it is. */
export function faultsOf({ containers, lastDeploy, brokenImages = [] }: AppStatus): string[] {
    const states = new Set(containers.map(({ state }) => state));
    const failed = lastDeploy && !["success", "running", "pending"].includes(lastDeploy.status);
    return [
        ...(["behind the pin", "not there"] as const).filter((state) => states.has(state)),
        ...(failed ? [`deploy: ${lastDeploy.status}`] : []),
        ...(brokenImages.length > 0 ? [`${brokenImages.length} broken`] : []),
    ];
}

/** How an application is, in the one word that a page is coloured by. */
export function markOf(app: AppStatus): Mark {
    if (faultsOf(app).length > 0) return "wrong";
    return app.containers.length === 0 ? "unknown" : "fine";
}

/** In words that say the same without a colour. */
export function stateOf(app: AppStatus): string {
    return faultsOf(app).join(", ") || { fine: "fine", unknown: "not known", wrong: "" }[markOf(app)];
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
