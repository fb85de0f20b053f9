import { type Finding, type FindingInput, finding, type StackResult } from "../../../jobs/drift/finding.js";
import { advance, emptyHistory, type History } from "../../../jobs/drift/history/history.js";
import { newsOf } from "../../../jobs/drift/history/news.js";
import type { DriftRun } from "../../../jobs/drift/run.js";

/** When {@link aRun} is, in seconds since the epoch. */
export const now = 10 * 86_400;

/** A finding that is as plain as can be. */
export function aFinding(changes: Partial<FindingInput> = {}): Finding {
    return finding({
        stack: "prod",
        kind: "changed",
        cause: "edited",
        resource: "urn:pulumi:prod::cicd-pipeline::kubernetes:core/v1:ConfigMap::settings",
        type: "kubernetes:core/v1:ConfigMap",
        name: "ConfigMap web/settings",
        seenBy: "engine",
        differences: [{ path: "data.level", declared: "info", live: "debug" }],
        accept: "change the program",
        mend: "pulumi up",
        ...changes,
    });
}

/** What came of a stack that was looked at: clean without findings. */
export function aResult(changes: Partial<StackResult> = {}): StackResult {
    const { findings = [] } = changes;
    return {
        stack: "prod",
        state: findings.length > 0 ? "drift" : "clean",
        findings,
        expected: [],
        errors: [],
        resources: 10,
        durationSeconds: 1,
        ...changes,
    };
}

/** A run ten days after its findings were first seen. */
export function aRun(results: readonly StackResult[]): DriftRun & { readonly history: History } {
    const first = advance(emptyHistory, results, 0);
    const history = advance(first, results, now);
    return { results, history, news: newsOf(history, now, 0), troubles: [], expired: [], now, durationSeconds: 3 };
}
