import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "../../jobs/lib/errors.js";
import { allChecks } from "../doctor/checks/index.js";
import { diagnose, exitCodeOf } from "../doctor/diagnose.js";
import { openWorld } from "../doctor/openWorld.js";
import { textOf } from "../doctor/report.js";
import { addCommand, type CommonOptions, perform } from "../lib/command.js";

interface DoctorOptions extends CommonOptions {
    readonly timeout: number;
}

/** A check asks several questions, one after the other. */
const CHECK_SHARE = 3;

export function addDoctor(program: Command): void {
    addCommand(program, "doctor [app]", {
        summary: "look for what is wrong with the pipeline, and say how to mend it",
        description:
            "Asks every server of the stack, all at the same time, and changes nothing. Each finding has the command that\nmends it. A server that does not answer costs one line. Needs GITHUB_TOKEN, VAULT_TOKEN, WOODPECKER_TOKEN\n(of an administrator) and a kubeconfig; what they do not reach is reported as unknown.",
        examples: [
            ["doctor", "everything"],
            ["doctor website", "one application and what it needs"],
            ["doctor --json", "for a script: every check with what it looked at"],
        ],
    })
        .option("--timeout <seconds>", "time for one request", seconds, 10)
        .action(
            perform<DoctorOptions, [string | undefined]>(async (session, { timeout }, app) => {
                const { settings } = await session.stack();
                const names = (settings.delivery?.apps ?? []).map((each) => each.name);
                if (app !== undefined && !names.includes(app)) {
                    throw new UsageError(`There is no application "${app}"; there are ${names.join(", ") || "none"}`);
                }
                const world = await openWorld(session, { app, timeoutMs: timeout * 1000 });
                const diagnosis = await diagnose(allChecks, world, timeout * CHECK_SHARE * 1000);
                return { exitCode: exitCodeOf(diagnosis), data: diagnosis, text: textOf(diagnosis) };
            }),
        );
}

function seconds(text: string): number {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= 600) return value;
    throw new InvalidArgumentError("is not a whole number from 1 to 600");
}
