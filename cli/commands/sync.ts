import type { Command } from "commander";
import { SYNC_NAME } from "../../components/woodpecker/syncCronJob.js";
import { UsageError } from "../../jobs/lib/errors.js";
import { addCommand, type CommonOptions, perform, type Report } from "../lib/command.js";
import { exitCode } from "../lib/exitCode.js";
import { type JobEnd, runJobNow } from "../lib/jobs.js";
import { paint, progress } from "../lib/output.js";
import { needed } from "../lib/stack.js";

interface SyncOptions extends CommonOptions {
    readonly now?: boolean;
}

export function addSync(program: Command): void {
    addCommand(program, "sync", {
        summary: "copy secrets from Vault to Woodpecker now",
        description:
            "Starts a Job from the CronJob of the secret sync, follows it, and prints what it did, secret by secret; never a value. Ends with the exit code of the job.",
        examples: [["sync --now", "after a secret was changed in Vault, instead of waiting for the schedule"]],
    })
        .option("--now", "start a run")
        .action(
            perform<SyncOptions, []>(async (session, { now }) => {
                if (!now) throw new UsageError("sync does nothing by itself; start a run with: cicd sync --now");
                const { namespace } = needed(await session.stack(), "secretSync", "sync");
                const end = await runJobNow(await session.kubernetes(), { namespace, name: SYNC_NAME }, progress);
                return report(end);
            }),
        );
}

function report(end: JobEnd): Report {
    const succeeded = end.exitCode === 0;
    const verdict = succeeded
        ? paint("green", "The sync succeeded.")
        : paint("red", `The sync ended with exit code ${end.exitCode}${end.reason ? ` (${end.reason})` : ""}.`);
    return {
        exitCode: end.exitCode === 0 || end.exitCode === 2 ? end.exitCode : exitCode.undone,
        data: { job: end.job, exitCode: end.exitCode, ...(end.reason && { reason: end.reason }), summary: end.summary },
        text: `${verdict} Its job: ${end.job}`,
    };
}
