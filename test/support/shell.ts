import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ShellResult {
    readonly code: number | null;
    /** Standard output and standard error as they came. */
    readonly output: string;
}

/** Runs a script text as a CI server does: from standard input's place, with an environment of its own and nothing of ours but PATH. */
export function runScript(
    shell: readonly [string, ...string[]],
    script: string,
    env: Readonly<Record<string, string>>,
): Promise<ShellResult> {
    const [command, ...args] = shell;
    const child = spawn(command, [...args, "-c", script], {
        env: { PATH: process.env.PATH ?? "", ...env },
        stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    return new Promise((done, failed) => {
        child.on("error", failed);
        child.on("close", (code) => done({ code, output: Buffer.concat(chunks).toString() }));
    });
}

/** Puts an executable file into a directory that a test prepends to PATH. */
export function putProgram(directory: string, name: string, text: string): void {
    mkdirSync(directory, { recursive: true });
    const file = join(directory, name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
}
