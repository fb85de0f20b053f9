import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, closeSync, constants, openSync, statSync, writeSync } from "node:fs";
import { constants as system } from "node:os";
import { delimiter, join } from "node:path";
import { UserError } from "./errors.js";
import { tail } from "./files.js";

export interface RunOptions {
    readonly cwd?: string;
    /** Added to this process's own environment. */
    readonly env?: Readonly<Record<string, string>>;
    /** A file that gets both streams. */
    readonly log?: string;
    /** Called with each line of both streams. */
    readonly onLine?: (line: string) => void;
    readonly signal?: AbortSignal;
    /** Codes that are no failure. @default [0] */
    readonly accept?: readonly number[];
}

export interface RunResult {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/** A command that ended with a code that was not expected. */
export class CommandFailed extends UserError {
    constructor(
        command: string,
        readonly code: number,
        readonly output: string,
        log?: string,
    ) {
        super(
            `${command} ended with code ${code}.`,
            ...(output.trim() === "" ? [] : [output.trimEnd()]),
            ...(log === undefined ? [] : [`The whole log: ${log}`]),
        );
    }
}

/** Programs that run for this process now. */
const children = new Set<ChildProcess>();

function track(child: ChildProcess): void {
    children.add(child);
    child.once("close", () => children.delete(child));
}

/**
 * A signal ends what this process runs before it ends itself, so that no compiler, test run or update is left without
 * anybody to report to. A second one ends it at once.
 */
export function passSignalsOn(): void {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        let told = false;
        process.on(signal, () => {
            const end = () => process.exit(128 + system.signals[signal]);
            if (told || children.size === 0) end();
            told = true;
            for (const child of children) {
                signalGroup(child, signal);
                child.once("close", () => {
                    if (children.size === 0) end();
                });
            }
        });
    }
}

/** Programs start others (mocha itself, the compiler its tools), and not all of them pass a signal on. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
    try {
        if (pid !== undefined) process.kill(-pid, signal);
    } catch {
        // It has just ended.
    }
}

/** Runs a program on this terminal; its exit code. */
export function runHere(
    command: string,
    args: readonly string[],
    { cwd, env }: Pick<RunOptions, "cwd" | "env"> = {},
): Promise<number> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, {
            cwd,
            env: { ...process.env, ...env },
            // A group of its own, which signals can be sent to as a whole.
            detached: true,
            stdio: ["ignore", "inherit", "inherit"],
        });
        track(child);
        child.once("error", (error) => reject(new UserError(`${command} cannot be run: ${error.message}`)));
        child.once("close", (code) => resolve(code ?? 1));
    });
}

/** Runs a program to its end, without a shell. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const { cwd, env, log, onLine, signal, accept = [0] } = options;
    const descriptor = log === undefined ? undefined : openSync(log, "a", 0o600);
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, {
            cwd,
            signal,
            env: { ...process.env, ...env },
            detached: true,
            stdio: ["ignore", "pipe", "pipe"],
        });
        track(child);
        const collected = { stdout: "", stderr: "" };
        for (const stream of ["stdout", "stderr"] as const) {
            let rest = "";
            child[stream].setEncoding("utf8").on("data", (chunk: string) => {
                collected[stream] += chunk;
                if (descriptor !== undefined) writeSync(descriptor, chunk);
                if (onLine === undefined) return;
                const lines = (rest + chunk).split("\n");
                rest = lines.pop() ?? "";
                for (const line of lines) onLine(line);
            });
        }
        child.once("error", (error) => {
            if (descriptor !== undefined) closeSync(descriptor);
            reject(new UserError(`${command} cannot be run: ${error.message}`));
        });
        child.once("close", (code, killedBy) => {
            if (descriptor !== undefined) closeSync(descriptor);
            const status = code ?? 128;
            if (accept.includes(status)) {
                resolve({ code: status, ...collected });
                return;
            }
            const output = log === undefined ? collected.stderr || collected.stdout : tail(log);
            const name = [command.split("/").at(-1), args[0] ?? ""].join(" ").trim();
            reject(new CommandFailed(killedBy === null ? name : `${name} (${killedBy})`, status, output, log));
        });
    });
}

/**
 * The first executable of that name.
 *
 * @param path directories, separated as in PATH
 * @param without directories below which nothing counts
 */
export function findExecutable(name: string, path: string, without: readonly string[] = []): string | undefined {
    for (const directory of path.split(delimiter)) {
        if (directory === "" || without.some((other) => directory === other || directory.startsWith(`${other}/`)))
            continue;
        const candidate = join(directory, name);
        try {
            accessSync(candidate, constants.X_OK);
            if (statSync(candidate).isFile()) return candidate;
        } catch {
            // Not in this directory.
        }
    }
    return undefined;
}
