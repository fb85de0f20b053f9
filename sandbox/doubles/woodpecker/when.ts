import type { Libs } from "./libs.js";
import type { Pipeline, Repo } from "./model.js";
import type { Condition, Globs } from "./workflow.js";

/** What conditions are held against. */
export interface Subject {
    readonly pipeline: Pipeline;
    readonly repo: Repo;
    /** Host part of the server's url. */
    readonly instance: string;
    /** What `evaluate` sees. */
    readonly variables: Readonly<Record<string, string>>;
}

/** The conditions that match; an empty `when` matches by itself. */
export interface Matched {
    readonly matches: boolean;
    readonly conditions: readonly Condition[];
}

/** @throws LibraryError where an expression cannot be evaluated */
export async function matchWhen(libs: Libs, when: readonly Condition[], subject: Subject): Promise<Matched> {
    const conditions: Condition[] = [];
    for (const condition of when) {
        if (await matchCondition(libs, condition, subject)) conditions.push(condition);
    }
    return { matches: when.length === 0 || conditions.length > 0, conditions };
}

/** Success is implied unless a matching condition lists states without it. */
export function runsOnSuccess(when: readonly Condition[], matched: Matched): boolean {
    if (when.length === 0) return true;
    return matched.conditions.some(({ status }) => status.length === 0 || status.includes("success"));
}

export function runsOnFailure(matched: Matched): boolean {
    return matched.conditions.some(({ status }) => status.includes("failure"));
}

async function matchCondition(libs: Libs, condition: Condition, subject: Subject): Promise<boolean> {
    const { pipeline, repo, instance } = subject;
    const isPull = pipeline.event.startsWith("pull_request");
    const checks = [
        // The platform is unknown to the server: a filter on it matches nothing.
        matchGlobs(libs, condition.platform, ""),
        Promise.resolve(condition.event.length === 0 || condition.event.includes(pipeline.event)),
        matchGlobs(libs, condition.repo, repo.full_name),
        matchGlobs(libs, condition.ref, pipeline.ref),
        matchGlobs(libs, condition.instance, instance),
    ];
    if (isPull || pipeline.event === "push") checks.push(matchPath(libs, condition.path, pipeline));
    if (pipeline.event !== "tag") checks.push(matchGlobs(libs, condition.branch, pipeline.branch));
    if (pipeline.event === "cron") checks.push(matchGlobs(libs, condition.cron, pipeline.cron ?? ""));
    // Evaluated in any case: an expression that fails is an error even where another filter already says no.
    if (condition.evaluate !== "") checks.push(libs.evaluate(condition.evaluate, subject.variables));
    return (await Promise.all(checks)).every(Boolean);
}

async function matchGlobs(libs: Libs, { include, exclude }: Globs, value: string): Promise<boolean> {
    if (await libs.match(exclude, value)) return false;
    return include.length === 0 || libs.match(include, value);
}

async function matchPath(libs: Libs, path: Condition["path"], pipeline: Pipeline): Promise<boolean> {
    const { ignoreMessage } = path;
    if (ignoreMessage !== "" && pipeline.message.toLowerCase().includes(ignoreMessage.toLowerCase())) return true;
    const files = pipeline.changed_files ?? [];
    if (files.length === 0) return path.onEmpty;
    const matching = (patterns: readonly string[]): Promise<boolean[]> =>
        Promise.all(files.map((file) => libs.match(patterns, file)));
    if (path.exclude.length > 0 && (await matching(path.exclude)).every(Boolean)) return false;
    return path.include.length === 0 || (await matching(path.include)).some(Boolean);
}
