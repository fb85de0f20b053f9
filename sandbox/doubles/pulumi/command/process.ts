/** Runs programs and keeps what they print. */

import { spawn } from "node:child_process";

export interface Run {
    readonly program: string;
    readonly args: readonly string[];
    readonly directory?: string;
    readonly environment: NodeJS.ProcessEnv;
    readonly stdin?: string | Buffer;
    readonly cancelled: AbortSignal;
    /** Each line as it comes. */
    readonly onLine: (stream: "stdout" | "stderr", line: string) => void;
}

export interface Output {
    /** Without the last line break. */
    readonly stdout: string;
    readonly stderr: string;
    /** Both in the order in which they came. */
    readonly both: string;
    /** Exit code, or the signal's name. */
    readonly exit: number | string;
}

/** @throws if the program cannot be started */
export function run({ program, args, directory, environment, stdin, cancelled, onLine }: Run): Promise<Output> {
    return new Promise((resolve, reject) => {
        const child = spawn(program, args, { cwd: directory, env: environment, stdio: ["pipe", "pipe", "pipe"] });
        const texts = { stdout: "", stderr: "" };
        let both = "";
        const collect = (stream: "stdout" | "stderr") => {
            let open = "";
            child[stream].setEncoding("utf8");
            child[stream].on("data", (text: string) => {
                texts[stream] += text;
                both += text;
                const lines = (open + text).split("\n");
                open = lines.pop() ?? "";
                for (const line of lines) {
                    onLine(stream, line);
                }
            });
            child[stream].on("end", () => open !== "" && onLine(stream, open));
        };
        collect("stdout");
        collect("stderr");
        const cancel = () => child.kill("SIGKILL");
        cancelled.addEventListener("abort", cancel);
        child.once("error", (error) => reject(new Error(`${program} could not be started: ${error.message}`)));
        child.once("close", (code, signal) => {
            cancelled.removeEventListener("abort", cancel);
            const [stdout, stderr] = [texts.stdout.replace(/\n$/, ""), texts.stderr.replace(/\n$/, "")];
            resolve({ stdout, stderr, both, exit: code ?? signal ?? "unknown" });
        });
        // A program that reads nothing closes the pipe; that is no error.
        child.stdin.on("error", () => {});
        child.stdin.end(stdin ?? "");
    });
}
