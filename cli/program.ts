import { Command } from "commander";
import { addAdopt } from "./commands/adopt.js";
import { addAdoptImages } from "./commands/adoptImages.js";
import { addCompletion } from "./commands/completion.js";
import { addDoctor } from "./commands/doctor.js";
import { addDrift } from "./commands/drift.js";
import { addImages } from "./commands/images.js";
import { addMap } from "./commands/map.js";
import { addRoll } from "./commands/roll.js";
import { addStatus } from "./commands/status.js";
import { addSync } from "./commands/sync.js";
import { exitCode } from "./lib/exitCode.js";

/** Each adds itself; in the order in which `--help` lists them. */
const commands = [
    addStatus,
    addImages,
    addRoll,
    addAdoptImages,
    addAdopt,
    addDoctor,
    addDrift,
    addMap,
    addSync,
    addCompletion,
];

const description = [
    "Commands for whoever operates the pipeline.",
    [
        "They work on the stack that --stack names, else PULUMI_STACK, else the one whose file PULUMI_OPTION_CONFIG_FILE",
        "names, else the one selected with pulumi. Credentials come from the environment, as for pulumi itself.",
    ].join(" "),
].join("\n\n");

const exitCodes = `
Exit codes of every command:
  0  done, and nothing to report
  2  there are findings or differences
  1  it could not be done; the message says why`;

/** All commands. */
export function buildProgram(): Command {
    const program = new Command("cicd")
        .description(description)
        .addHelpText("after", exitCodes)
        .showHelpAfterError("(cicd --help lists the commands)")
        .configureHelp({ showGlobalOptions: true });
    for (const add of commands) add(program);
    return program;
}

/** Runs one command line; ends the process. */
export async function runProgram(argv: readonly string[]): Promise<void> {
    try {
        await buildProgram().parseAsync([...argv]);
    } catch (error) {
        // A command reports its own errors; whatever else comes is a fault of the program.
        console.error(error);
        process.exitCode = exitCode.undone;
    }
    // Connections that are kept for another request would hold the process for seconds.
    process.exit();
}
