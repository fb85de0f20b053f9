import type { Finding } from "../finding.js";
import type { DriftRun } from "../run.js";

const MAX_LISTED = 200;

/** 0 clean, 7 drift as with `pulumi preview --expect-no-changes`, 1 whatever could not be told. */
export function exitCodeOf({ results, troubles }: Pick<DriftRun, "results" | "troubles">): number {
    const states = new Set(results.map(({ state }) => state));
    if (states.has("error") || troubles.length > 0 || results.length === 0) return 1;
    return states.has("drift") ? 7 : 0;
}

/** The line of JSON that sums a run up. */
export function summaryOf(run: DriftRun): object {
    const { results, troubles, durationSeconds, news, expired } = run;
    const findings = results.flatMap((result) => result.findings);
    const count = (state: string) => results.filter((result) => result.state === state).length;
    return {
        clean: count("clean"),
        drift: count("drift"),
        errors: count("error"),
        findings: findings.length,
        expected: results.reduce((sum, { expected }) => sum + expected.length, 0),
        new: news.added.length,
        resolved: news.resolved.length,
        durationSeconds,
        stacks: results.map(({ stack, state, errors, resources }) => ({
            stack,
            state,
            resources,
            ...(errors.length > 0 && { errors: errors.slice(0, 10) }),
        })),
        found: findings.slice(0, MAX_LISTED).map(short),
        ...(expired.length > 0 && { expired }),
        ...(troubles.length > 0 && { troubles }),
    };
}

function short({ id, stack, kind, cause, name, resource, seenBy, differences }: Finding) {
    return { id, stack, kind, cause, seenBy, name, resource, paths: differences.slice(0, 20).map(({ path }) => path) };
}
