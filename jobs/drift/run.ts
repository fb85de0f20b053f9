import { Deadline } from "../lib/deadline.js";
import { redact } from "../lib/redact.js";
import { runAudit } from "./audit/run.js";
import { PulumiStack } from "./engine/pulumi.js";
import { plan, stackDirectories } from "./engine/terraform.js";
import { expiredRules } from "./expected.js";
import type { Finding, StackResult } from "./finding.js";
import type { History } from "./history/history.js";
import type { News } from "./history/news.js";
import type { DriftSettings } from "./settings.js";
import { lookAt, type StackSources } from "./stackRun.js";
import { Systems } from "./systems.js";
import { tell } from "./tell.js";

/** What came of a run. */
export interface DriftRun {
    readonly results: readonly StackResult[];
    /** As it was saved; nothing where it could not be read, so that no age is known. */
    readonly history?: History;
    /** None where no history says what is old. */
    readonly news: News;
    /** What was said, or would have been. */
    readonly message?: string;
    /** What failed besides the stacks: the history, Slack. */
    readonly troubles: readonly string[];
    /** Rules of what is expected that are past their day. */
    readonly expired: readonly string[];
    /** Seconds since the epoch. */
    readonly now: number;
    readonly durationSeconds: number;
}

/** Time for the history and the message, after the deadline of the looks. */
const AFTERWARDS_SECONDS = 60;

/** One run over all stacks. Never throws but for settings that are wrong. */
export async function runDrift(settings: DriftSettings, interrupt?: AbortSignal): Promise<DriftRun> {
    const started = performance.now();
    const deadline = new Deadline(settings.deadlineSeconds);
    const end = new AbortController();
    const stop = () => end.abort();
    interrupt?.addEventListener("abort", stop);
    const systems = new Systems(settings, deadline, end.signal);
    const afterwards = new Systems(settings, new Deadline(settings.deadlineSeconds + AFTERWARDS_SECONDS), end.signal);
    try {
        const results: StackResult[] = [];
        const now = Math.floor(Date.now() / 1000);
        const today = new Date(now * 1000).toISOString().slice(0, 10);
        const pause = () => deadline.sleep(settings.confirmSeconds * 1000);
        for (const sources of allSources(settings, systems, deadline, end.signal)) {
            const result =
                deadline.passed || end.signal.aborted
                    ? unreached(sources.stack)
                    : await lookAt(sources, { expected: settings.expected, today, pause });
            results.push(redacted(result, settings.secrets));
        }
        const expired = expiredRules(settings.expected, today).map(
            ({ resource, until }) => `${resource} (until ${until})`,
        );
        const told = await tell(settings, afterwards, results, now);
        return {
            results,
            ...told,
            troubles: told.troubles.map((text) => redact(text, settings.secrets)),
            expired,
            now,
            durationSeconds: Math.round(performance.now() - started) / 1000,
        };
    } finally {
        interrupt?.removeEventListener("abort", stop);
        systems.close();
        afterwards.close();
    }
}

function* allSources(
    settings: DriftSettings,
    systems: Systems,
    deadline: Deadline,
    signal: AbortSignal,
): Iterable<StackSources> {
    const { directory, previewSeconds, environment, terraform } = settings;
    const common = { env: environment, remainingMs: () => deadline.remainingMs, signal };
    for (const stack of settings.stacks) {
        const pulumi = new PulumiStack(stack, { ...common, directory, previewSeconds });
        yield {
            stack,
            state: () => pulumi.state(),
            preview: (state) => pulumi.preview(state),
            ...(settings.audit && { audit: (state) => runAudit(stack, systems.auditors(stack, state)) }),
        };
    }
    for (const each of stackDirectories(terraform.stacks, terraform.skip, settings.stacks)) {
        const { command } = terraform;
        yield {
            stack: each.stack,
            state: async () => [],
            preview: () => plan(each, { ...common, command, planSeconds: previewSeconds }),
        };
    }
}

/** Not looked at is not clean. */
function unreached(stack: string): StackResult {
    const errors = ["no time was left to look at it"];
    return { stack, state: "error", findings: [], expected: [], errors, resources: 0, durationSeconds: 0 };
}

/** Nothing that the run itself knows as a secret is in a result. */
function redacted(result: StackResult, secrets: readonly string[]): StackResult {
    const clean = (text: string) => redact(text, secrets);
    const cleanFinding = (each: Finding): Finding => ({
        ...each,
        differences: each.differences.map(({ path, declared, live }) => ({
            path,
            ...(declared !== undefined && { declared: clean(declared) }),
            ...(live !== undefined && { live: clean(live) }),
        })),
    });
    return {
        ...result,
        errors: result.errors.map(clean),
        findings: result.findings.map(cleanFinding),
        expected: result.expected.map((each) => ({ ...each, finding: cleanFinding(each.finding) })),
    };
}
