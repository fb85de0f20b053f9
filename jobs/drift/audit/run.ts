import { wordsOf } from "../../lib/errors.js";
import type { Finding } from "../finding.js";
import { type Audited, type Auditor, unreadableFindings } from "./auditor.js";

export interface AuditOutcome {
    readonly findings: readonly Finding[];
    /** What could not be looked at, as findings of their own. */
    readonly unreadable: readonly Finding[];
    readonly looked: number;
}

/** Everything beside the engine, all systems at once; a system that cannot be read leaves the others alone. */
export async function runAudit(stack: string, auditors: readonly Auditor[]): Promise<AuditOutcome> {
    const parts = await Promise.all(
        auditors.map(async ({ system, audit }) => {
            const audited = await audit().catch(
                (error: unknown): Audited => ({
                    findings: [],
                    looked: 1,
                    unreadable: [{ resource: system, type: system, name: system, reason: wordsOf(error) }],
                }),
            );
            return { system, audited };
        }),
    );
    return {
        findings: parts.flatMap(({ audited }) => audited.findings),
        unreadable: parts.flatMap(({ system, audited }) => unreadableFindings(stack, system, audited)),
        looked: parts.reduce((sum, { audited }) => sum + audited.looked, 0),
    };
}
