import { spawn } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

export interface StepProcess {
    readonly program: string;
    readonly args: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    readonly directory: string;
    /** Kills the process and all it started. */
    readonly signal: AbortSignal;
}

/** Runs to the end of the process and its output; both streams go to `write`. Resolves with the exit code, -1 for a killed one. */
export function runCommand(step: StepProcess, write: (text: string) => void): Promise<number> {
    return new Promise((resolve, reject) => {
        const child = spawn(step.program, step.args, {
            cwd: step.directory,
            env: step.environment,
            stdio: ["ignore", "pipe", "pipe"],
            // Its own process group, so that a cancel reaches what the step has started.
            detached: true,
        });
        const kill = (): void => {
            try {
                if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
            } catch {
                // Already gone.
            }
        };
        step.signal.addEventListener("abort", kill, { once: true });
        if (step.signal.aborted) kill();
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8");
            stream.on("data", write);
        }
        child.once("error", reject);
        child.once("close", (code) => {
            step.signal.removeEventListener("abort", kill);
            resolve(code ?? -1);
        });
    });
}

/** Every command, announced by an `echo` of itself. */
export function script(commands: readonly string[]): string {
    return commands
        .map((command) => `echo ${quoted(`+ ${command}`).trim()}\n${command}\n`)
        .join("")
        .trim();
}

/** The image where that is a shell on PATH, as on the local backend; `/bin/sh` for what would be an image in a cluster. */
export async function shellOf(image: string, path: string): Promise<string> {
    return (image.includes("/") ? undefined : await onPath(image, path)) ?? "/bin/sh";
}

/** The absolute path of a program, `undefined` where PATH has none. */
export async function onPath(name: string, path: string): Promise<string | undefined> {
    for (const directory of path.split(delimiter)) {
        const file = join(directory, name);
        const found = await access(file, constants.X_OK).then(
            () => true,
            () => false,
        );
        if (found) return file;
    }
    return undefined;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'"'"'`)}'`;
