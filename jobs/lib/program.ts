import type * as z from "zod";
import { describeEnvironment } from "./environment.js";
import { PlainError, wordsOf } from "./errors.js";

export interface Program {
    readonly name: string;
    /** What follows the name on the command line, e.g. `[--shard i/n]`. @default "" */
    readonly usage?: string;
    /** What it does, and its exit codes. */
    readonly description: string;
    readonly environment: Record<string, z.ZodType>;
    /** Does the work; what it returns is the exit code. */
    run(argv: readonly string[]): Promise<number>;
}

/**
 * Runs a job: `--help`, the exit code, and errors as one message on stderr.
 *
 * Exit code 1 stands for every way of not having done the work, bad configuration included.
 */
export async function runProgram(program: Program, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
    if (argv.includes("--help") || argv.includes("-h")) {
        process.stdout.write(helpOf(program));
        return;
    }
    try {
        process.exitCode = await program.run(argv);
    } catch (error) {
        const unexpected = !(error instanceof PlainError) && error instanceof Error && error.stack;
        process.stderr.write(`${program.name}: ${unexpected || wordsOf(error)}\n`);
        process.exitCode = 1;
    }
}

export function helpOf({ name, usage = "", description, environment }: Program): string {
    return [
        `usage: ${name} ${usage}`.trimEnd(),
        "",
        description,
        "",
        "Environment (each may be given as <NAME>_FILE, the path of a file that holds it):",
        describeEnvironment(environment),
        "",
    ].join("\n");
}

/** Writes the one line of JSON that sums a run up. */
export function printSummary(summary: object): void {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
}
