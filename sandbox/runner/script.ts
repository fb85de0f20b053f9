import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAssignments } from "./fileCommands.js";

export interface ScriptOptions {
    readonly script: string;
    readonly shell?: string;
    /** The whole environment. */
    readonly env: Readonly<Record<string, string>>;
    readonly workingDirectory: string;
    /** Where the script and its command files go. */
    readonly temporary: string;
    readonly timeoutMs: number;
    readonly print: (line: string) => void;
    /** Called for `::add-mask::`, before any later line is printed. */
    readonly mask: (value: string) => void;
}

export interface ScriptResult {
    readonly succeeded: boolean;
    readonly outputs: Record<string, string>;
    /** For the later steps of the job. */
    readonly env: Record<string, string>;
    readonly path: readonly string[];
}

/** The command lines of a hosted runner; without a shell, `bash -e` runs and a failure inside a pipe goes unseen. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
    default: ["bash", "-e"],
    bash: ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
    sh: ["sh", "-e"],
};

/** Runs a script as a step of a hosted Linux runner does. */
export async function runScript(options: ScriptOptions): Promise<ScriptResult> {
    const [program, ...args] = SHELLS[options.shell ?? "default"] ?? [];
    if (!program) throw new Error(`shell [${options.shell}] is not run here; allowed: bash, sh`);
    const directory = mkdtempSync(join(options.temporary, "step-"));
    try {
        const files = { output: join(directory, "output"), env: join(directory, "env"), path: join(directory, "path") };
        for (const file of Object.values(files)) writeFileSync(file, "");
        const script = join(directory, "script.sh");
        writeFileSync(script, options.script.endsWith("\n") ? options.script : `${options.script}\n`);
        const code = await run([program, ...args, script], options, {
            GITHUB_OUTPUT: files.output,
            GITHUB_ENV: files.env,
            GITHUB_PATH: files.path,
            GITHUB_STEP_SUMMARY: join(directory, "summary"),
        });
        if (code !== 0) options.print(`Error: Process completed with exit code ${code}.`);
        return {
            succeeded: code === 0,
            outputs: parseAssignments(readFileSync(files.output, "utf8")),
            env: parseAssignments(readFileSync(files.env, "utf8")),
            path: readFileSync(files.path, "utf8").split("\n").filter(Boolean),
        };
    } finally {
        if (existsSync(directory)) rmSync(directory, { recursive: true, force: true });
    }
}

/** The exit code; 124 after the time limit, when the whole process group is killed. */
function run(
    [program = "", ...args]: readonly string[],
    options: ScriptOptions,
    commandFiles: Record<string, string>,
): Promise<number> {
    return new Promise((resolve, reject) => {
        const child = spawn(program, args, {
            cwd: options.workingDirectory,
            env: { ...options.env, ...commandFiles },
            stdio: ["ignore", "pipe", "pipe"],
            detached: true,
        });
        let late = false;
        const timer = setTimeout(() => {
            late = true;
            options.print(`Error: The action has timed out after ${options.timeoutMs / 60_000} minutes.`);
            if (child.pid) process.kill(-child.pid, "SIGKILL");
        }, options.timeoutMs);
        const readers = [lines(child.stdout, options), lines(child.stderr, options)];
        child.once("error", (error) => {
            clearTimeout(timer);
            reject(error);
        });
        child.once("close", (code) => {
            clearTimeout(timer);
            for (const flush of readers) flush();
            resolve(late ? 124 : (code ?? 1));
        });
    });
}

/** Feeds whole lines to the log; returns what prints an unfinished last one. */
function lines(stream: NodeJS.ReadableStream, options: ScriptOptions): () => void {
    let rest = "";
    const print = (line: string) => {
        const masked = /^::add-mask::(.*)$/.exec(line);
        if (masked) options.mask(masked[1] ?? "");
        else options.print(line);
    };
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
        const parts = (rest + text).split("\n");
        rest = parts.pop() ?? "";
        for (const line of parts) print(line);
    });
    return () => {
        if (rest !== "") print(rest);
    };
}
