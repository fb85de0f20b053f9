import { spawn } from "node:child_process";
import { PlainError } from "../../jobs/lib/errors.js";

export interface RunOptions {
    readonly cwd?: string;
    /** Added to this process's own environment. */
    readonly env?: Readonly<Record<string, string>>;
    /** Called with what comes on both streams, as it comes. */
    readonly onOutput?: (text: string) => void;
}

export interface RunResult {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/** Runs a program to its end without a shell, whatever its exit code. @throws PlainError when it cannot be started */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const { cwd, env, onOutput } = options;
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, {
            cwd,
            env: { ...process.env, ...env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const collected = { stdout: "", stderr: "" };
        for (const stream of ["stdout", "stderr"] as const) {
            child[stream].setEncoding("utf8").on("data", (chunk: string) => {
                collected[stream] += chunk;
                onOutput?.(chunk);
            });
        }
        child.once("error", ({ message, code }: NodeJS.ErrnoException) => {
            const reason = code === "ENOENT" ? "it is not installed, or not on PATH" : message;
            reject(new PlainError(`${command} cannot be run: ${reason}`));
        });
        child.once("close", (code) => resolve({ code: code ?? 128, ...collected }));
    });
}
