import type { Command } from "commander";
import { wordsOf } from "../../jobs/lib/errors.js";
import { type ExitCode, exitCode } from "./exitCode.js";
import { Session } from "./session.js";

/** What `--help` says. */
export interface CommandText {
    /** One line, in the list of commands. */
    readonly summary: string;
    /** What it does, in sentences. */
    readonly description: string;
    /** Command lines without `cicd`, and what each is for. */
    readonly examples: readonly (readonly [line: string, purpose: string])[];
}

export interface CommonOptions {
    readonly stack?: string;
    readonly json?: boolean;
}

/** What a command has to say; it prints nothing itself but its progress. */
export interface Report {
    readonly exitCode: ExitCode;
    /** With `--json`; plain data. */
    readonly data: unknown;
    /** Without; a newline is added at its end. */
    readonly text: string;
}

/** Adds a command with the options that all have. @param usage name and arguments, e.g. `roll <app> <sha>` */
export function addCommand(program: Command, usage: string, { summary, description, examples }: CommandText): Command {
    const width = Math.max(...examples.map(([line]) => line.length));
    const lines = examples.map(([line, purpose]) => `  cicd ${line.padEnd(width)}  ${purpose}`);
    return program
        .command(usage)
        .summary(summary)
        .description(description)
        .option("-s, --stack <name>", "the stack")
        .option("--json", "write JSON to stdout instead of text")
        .addHelpText("after", ["\nExamples:", ...lines].join("\n"));
}

/**
 * A command's action: prints its report, sets the exit code, and says errors that a user can mend in plain words.
 *
 * @param work gets what the command line has: options, then each argument
 */
export function perform<Options extends CommonOptions, Args extends readonly unknown[]>(
    work: (session: Session, options: Options, ...args: Args) => Promise<Report>,
): (...received: unknown[]) => Promise<void> {
    return async (...received) => {
        const options = received.at(-2) as Options;
        let session: Session | undefined;
        try {
            session = new Session(options);
            const report = await work(session, options, ...(received.slice(0, -2) as unknown as Args));
            const text = options.json ? JSON.stringify(report.data, undefined, 2) : report.text;
            if (text !== "") process.stdout.write(`${text}\n`);
            process.exitCode = report.exitCode;
        } catch (error) {
            process.stderr.write(`cicd: ${(isSlip(error) && error.stack) || wordsOf(error)}\n`);
            if (options.json) process.stdout.write(`${JSON.stringify({ error: wordsOf(error) }, undefined, 2)}\n`);
            process.exitCode = exitCode.undone;
        } finally {
            session?.close();
        }
    };
}

/** A fault of the program itself; only then does a stack trace help anybody. */
function isSlip(error: unknown): error is Error {
    return [TypeError, RangeError, ReferenceError].some((kind) => error instanceof kind);
}
