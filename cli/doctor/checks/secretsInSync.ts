import { linesOf } from "../../../jobs/secret-sync/report.js";
import { problemsOf, runSync, type SyncRun } from "../../../jobs/secret-sync/sync.js";
import { makeCheck } from "../check.js";
import { broken, type Examination, type Finding } from "../finding.js";

interface Facts {
    /** A run that changes nothing. */
    readonly run: SyncRun;
    readonly mend: string;
}

/** Names of secrets that a finding lists. */
const MOST_NAMES = 5;

export const secretsInSync = makeCheck({
    name: "secrets-in-sync",
    proves: "Woodpecker holds the secrets that Vault has for it",
    applies: ({ secretSync }) => secretSync !== undefined,
    read: async (world): Promise<Facts> => {
        await Promise.all([world.vault(), world.woodpecker()]);
        return { run: await runSync(world.syncPlan()), mend: "npm run -s cicd -- sync --now" };
    },
    judge: ({ run, mend }: Facts): Examination => {
        const looked = [`${(run.plan?.unchanged ?? 0) + (run.plan?.steps.length ?? 0)} secrets`];
        if (run.error !== undefined) {
            return { looked, findings: [{ severity: "unknown", subject: "secret sync", found: run.error, mend }] };
        }
        const problems = problemsOf(run).map(
            ({ name, reason }): Finding => broken(`secret ${name}`, reason, "see docs/runbooks/secret-sync.md"),
        );
        const steps = run.plan?.steps ?? [];
        if (steps.length === 0) return { looked, findings: problems };
        const lines = linesOf(run).slice(0, Math.min(MOST_NAMES, steps.length));
        const more = steps.length > MOST_NAMES ? `, and ${steps.length - MOST_NAMES} more` : "";
        const found = `${steps.length} of Woodpecker's secrets differ from Vault: ${lines.join("; ")}${more}`;
        return { looked, findings: [broken("secret sync", found, mend), ...problems] };
    },
});
