import { spawn } from "node:child_process";
import { wordsOf } from "../../lib/errors.js";

export interface ProcessResult {
    /** Undefined when it was killed or could not be started. */
    readonly code: number | undefined;
    readonly stdout: string;
    readonly stderr: string;
    /** Why there is no code. */
    readonly trouble?: string;
}

export interface ProcessOptions {
    readonly cwd: string;
    readonly env: NodeJS.ProcessEnv;
    readonly timeoutMs: number;
    /** Ends the process early. */
    readonly signal?: AbortSignal;
}

/** Time between a polite end and a hard one. */
const GRACE_MS = 10_000;
const MAX_OUTPUT = 64 << 20;

/** Runs a program to its end, at the latest to the end of its time, with all that it started. Never throws. */
export function runProcess(command: string, args: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
    const { cwd, env, timeoutMs, signal } = options;
    return new Promise((resolve) => {
        // A group of its own: the engine's plugins end with it.
        const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
        const collected = { stdout: "", stderr: "" };
        let trouble: string | undefined;
        for (const stream of ["stdout", "stderr"] as const) {
            child[stream].setEncoding("utf8").on("data", (text: string) => {
                if (collected[stream].length < MAX_OUTPUT) collected[stream] += text;
            });
        }
        const kill = (name: NodeJS.Signals) => {
            try {
                if (child.pid !== undefined) process.kill(-child.pid, name);
            } catch {
                // it has ended by itself
            }
        };
        const end = (reason: string) => {
            trouble ??= reason;
            kill("SIGTERM");
            setTimeout(() => kill("SIGKILL"), GRACE_MS).unref();
        };
        const timer = setTimeout(
            () => end(`did not end within ${Math.round(timeoutMs / 1000)} s`),
            Math.max(1, timeoutMs),
        );
        const stop = () => end("was ended, for the run itself was");
        signal?.addEventListener("abort", stop);
        if (signal?.aborted) stop();
        child.once("error", (error: NodeJS.ErrnoException) => {
            trouble ??= error.code === "ENOENT" ? "is not installed, or not on PATH" : wordsOf(error);
        });
        child.once("close", (code, killer) => {
            clearTimeout(timer);
            signal?.removeEventListener("abort", stop);
            // Whatever it left behind must not outlive it.
            kill("SIGKILL");
            if (killer && !trouble) trouble = `was killed (${killer})`;
            const ended = trouble === undefined && code !== null;
            resolve({ code: ended ? code : undefined, ...collected, ...(trouble !== undefined && { trouble }) });
        });
    });
}
