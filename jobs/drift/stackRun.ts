import { wordsOf } from "../lib/errors.js";
import type { AuditOutcome } from "./audit/run.js";
import { confirmed, type Look } from "./engine/confirm.js";
import { type ExpectedRule, sortExpected } from "./expected.js";
import { type Finding, type StackResult, sortFindings } from "./finding.js";
import type { StateResource } from "./state.js";

/** How one stack is looked at. */
export interface StackSources {
    readonly stack: string;
    /** As it is at this moment. @throws when there is none to be had */
    state(): Promise<readonly StateResource[]>;
    preview(state: readonly StateResource[]): Promise<Look>;
    /** Nothing where only the engine looks. */
    audit?(state: readonly StateResource[]): Promise<AuditOutcome>;
}

export interface StackRunOptions {
    readonly expected: readonly ExpectedRule[];
    /** As 2026-11-24. */
    readonly today: string;
    readonly pause: () => Promise<void>;
}

/** Looks at one stack, each finding twice. Never throws: what failed is an error of the result. */
export async function lookAt(sources: StackSources, { expected, today, pause }: StackRunOptions): Promise<StackResult> {
    const { stack } = sources;
    const started = performance.now();
    const errors: string[] = [];
    const findings: Finding[] = [];
    let resources = 0;
    try {
        const state = await sources.state();
        resources = state.length;
        const engine = await confirmed(() => sources.preview(state), pause);
        if (engine.error !== undefined) errors.push(engine.error);
        else findings.push(...engine.findings);
        if (sources.audit) {
            const { audit: look } = sources;
            const audit = await confirmedAudit(
                () => look(state),
                // What an update has declared since is declared.
                async () => look(await sources.state()),
                pause,
            );
            findings.push(...audit.findings, ...audit.unreadable);
            errors.push(...audit.unreadable.map(({ name, differences }) => `${name}: ${differences[0]?.live}`));
        }
    } catch (error) {
        errors.push(wordsOf(error));
    }
    const sorted = sortExpected(sortFindings(findings), expected, today);
    return {
        stack,
        ...sorted,
        state: errors.length > 0 ? "error" : sorted.findings.length > 0 ? "drift" : "clean",
        errors,
        resources,
        durationSeconds: Math.round(performance.now() - started) / 1000,
    };
}

/**
 * Looks until what is found was seen twice. What the first look could not read is no proof that nothing was there, so
 * that a third decides on what only the second saw.
 *
 * @param again a later look, with the state as it is by then
 */
async function confirmedAudit(
    look: () => Promise<AuditOutcome>,
    again: () => Promise<AuditOutcome>,
    pause: () => Promise<void>,
): Promise<AuditOutcome> {
    const first = await look();
    if (first.findings.length + first.unreadable.length === 0) return first;
    const looks = [first];
    await pause();
    let last = await again();
    const sawBefore = ({ id }: Finding) => looks.some(({ findings }) => findings.some((each) => each.id === id));
    if (first.unreadable.length > 0 && !last.findings.every(sawBefore)) {
        looks.push(last);
        await pause();
        last = await again();
    }
    return { ...last, findings: last.findings.filter(sawBefore) };
}
