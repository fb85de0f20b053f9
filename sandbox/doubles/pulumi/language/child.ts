/** Starts what the SDK brings for running programs, plugins and policy packs, as child processes of the host. */

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Writable } from "node:stream";

const children = new Set<ChildProcess>();

/** How a child ended. */
export interface Exit {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
}

/**
 * Path of a module of the SDK that the program itself has installed.
 *
 * @throws with the next step if the SDK is not installed there
 */
export function locateModule(module: string, directory: string, installCommand: string): string {
    try {
        return createRequire(join(directory, "index.js")).resolve(module);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") {
            throw new Error(
                `It looks like the Pulumi SDK has not been installed. Have you run ${installCommand}? (looked for ${module} from ${directory})`,
            );
        }
        throw error;
    }
}

/**
 * Starts node with the given arguments.
 *
 * It is the node that runs this host, not the first one on PATH: that may be too old for the SDK.
 */
export function startNode(args: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn(process.execPath, args, options);
    children.add(child);
    child.once("exit", () => children.delete(child));
    return child;
}

/** Resolves once the child has ended and its output is drained. */
export function exitOf(child: ChildProcess): Promise<Exit> {
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, signal) => resolve({ code, signal }));
    });
}

/** Interrupts every child, kills those that are still there after `graceMilliseconds`, resolves when all are gone. */
export async function interruptChildren(graceMilliseconds = 5000): Promise<void> {
    const ends = [...children].map((child) => {
        child.kill("SIGINT");
        const timer = setTimeout(() => child.kill("SIGKILL"), graceMilliseconds);
        return new Promise<void>((resolve) =>
            child.once("exit", () => {
                clearTimeout(timer);
                resolve();
            }),
        );
    });
    await Promise.all(ends);
}

/** Kills every child at once. */
export function killChildren(): void {
    for (const child of children) {
        child.kill("SIGKILL");
    }
}

/** A stream whose chunks go to `write`. */
export function sink(write: (chunk: Buffer) => void): Writable {
    return new Writable({
        write(chunk: Buffer, _encoding, done) {
            write(chunk);
            done();
        },
    });
}
