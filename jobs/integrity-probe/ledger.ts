import { FAILURE_CLASSES, type FailureClass, type Finding, type Suspect } from "./finding.js";

const MAX_FINDINGS = 1000;
const MAX_TROUBLES = 20;

/** What a run has seen. */
export class Ledger {
    readonly counts = { repositories: 0, tags: 0, indexes: 0, children: 0, blobs: 0 };
    readonly failures = Object.fromEntries(FAILURE_CLASSES.map((name) => [name, 0])) as Record<FailureClass, number>;
    /** The first `MAX_FINDINGS` failures in detail. */
    readonly findings: Finding[] = [];
    /** What looked broken and was not looked at again yet. */
    readonly suspects: Suspect[] = [];
    /** How many looked broken at first, confirmed or not. */
    suspected = 0;
    /** The first few causes of probe errors. */
    readonly troubles: string[] = [];
    /** Whether the list of repositories could be read to its end. */
    catalogAccessible = false;
    #probeErrors = 0;
    #ended: string | undefined;

    /** Questions without a usable answer, each of which leaves something unseen. */
    get probeErrors(): number {
        return this.#probeErrors;
    }

    /** Why the run stopped early, if it did. */
    get ended(): string | undefined {
        return this.#ended;
    }

    /** Whether all that was to be looked at has been looked at. */
    get complete(): boolean {
        return this.catalogAccessible && this.#ended === undefined && this.#probeErrors === 0;
    }

    get failureCount(): number {
        return Object.values(this.failures).reduce((sum, count) => sum + count, 0);
    }

    noteTrouble(cause: string): void {
        this.#probeErrors++;
        if (this.troubles.length < MAX_TROUBLES) this.troubles.push(cause);
    }

    noteEnd(reason: string): void {
        this.#ended ??= reason;
    }

    confirm(finding: Finding): void {
        this.failures[finding.class]++;
        if (this.findings.length < MAX_FINDINGS) this.findings.push(finding);
    }
}
