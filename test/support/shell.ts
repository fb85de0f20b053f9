import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ShellResult {
    readonly code: number | null;
    /** Standard output and standard error as they came. */
    readonly output: string;
}

/**
 * Runs a script with an environment of its own, nothing of ours but PATH.
 *
 * @param how `file` as GitHub's runner does; `stdin` as a Woodpecker step does, so that a command that reads standard input
 * would swallow the rest of the script
 */
export async function runScript(
    how: "file" | "stdin",
    shell: readonly [string, ...string[]],
    script: string,
    env: Readonly<Record<string, string>>,
): Promise<ShellResult> {
    const [command, ...args] = shell;
    const directory = mkdtempSync(join(tmpdir(), "script-"));
    const file = join(directory, "script");
    writeFileSync(file, script);
    const child = spawn(command, how === "file" ? [...args, file] : args, {
        env: { PATH: process.env.PATH ?? "", ...env },
        stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdin.end(how === "stdin" ? script : "");
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    try {
        return await new Promise((done, failed) => {
            child.on("error", failed);
            child.stdin.on("error", () => {}); // a script that ended early has not read the rest
            child.on("close", (code) => done({ code, output: Buffer.concat(chunks).toString() }));
        });
    } finally {
        rmSync(directory, { recursive: true });
    }
}

/** Puts an executable file into a directory that a test prepends to PATH. */
export function putProgram(directory: string, name: string, text: string): void {
    mkdirSync(directory, { recursive: true });
    const file = join(directory, name);
    writeFileSync(file, text);
    chmodSync(file, 0o755);
}
