import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { FOUND } from "../../providers/woodpecker/plugin/plan.js";
import { locate } from "../../sandbox/lib/places.js";
import { ensureStack } from "../../sandbox/lib/stack.js";

/** Codes of `pulumi preview --expect-no-changes` (the CLI's stable contract since 3.227). */
export const exit = { clean: 0, changes: 7 } as const;

const { root } = locate();
const options = ["--stack", "sandbox", "--non-interactive", "--color", "never"] as const;

export interface Outcome {
    /** `null` after a kill. */
    readonly code: number | null;
    /** Both streams, as an operator would read them. */
    readonly output: string;
}

/** The stack of the sandbox, driven by the plain command line as an operator does it. */
export const stack = {
    /** Makes the stack known to the backend if it is not. */
    async select(): Promise<void> {
        await ensureStack("sandbox", locate(), {});
    },

    async up(...more: string[]): Promise<Outcome> {
        return finished(start(["up", "--yes", "--skip-preview", ...options, ...more]));
    },

    /** Declared state against what is really there. */
    async preview(...more: string[]): Promise<Outcome> {
        return finished(
            start(["preview", "--refresh", "--run-program", "--expect-no-changes", "--diff", ...options, ...more]),
        );
    },

    /** What an `up` would do, changes or none. */
    async check(...more: string[]): Promise<Outcome> {
        return finished(start(["preview", ...options, ...more]));
    },

    async destroy(): Promise<Outcome> {
        return finished(start(["destroy", "--yes", "--skip-preview", "--refresh", "--run-program", ...options]));
    },

    /**
     * Starts an `up` and kills it, with everything it started.
     *
     * @param creations as many must be under way or done
     * @param milliseconds to wait then
     */
    async upKilledAfter(creations: number, milliseconds: number, ...more: string[]): Promise<Outcome> {
        const child = start(["up", "--yes", "--skip-preview", ...options, ...more]);
        let seen = 0;
        child.stdout?.on("data", async (text: Buffer) => {
            const before = seen;
            seen += text.toString().match(/ creating \(/g)?.length ?? 0;
            if (before >= creations || seen < creations) return;
            await pause(milliseconds);
            if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
        });
        return finished(child);
    },

    /** Takes back the lock that a killed `up` leaves. */
    async cancel(): Promise<void> {
        demandSuccess(await finished(start(["cancel", "--yes", "--stack", "sandbox"])));
    },

    /** Empties the state, and changes nothing on any server. */
    async forget(): Promise<void> {
        demandSuccess(await finished(start(["state", "delete", "--all", "--force", "--yes", "--stack", "sandbox"])));
    },

    /** Makes the state say that nothing in Woodpecker was there before the program: a destroy leaves nothing of it. */
    async own(): Promise<void> {
        const directory = mkdtempSync(join(tmpdir(), "stack-state-"));
        const file = join(directory, "state.json");
        try {
            demandSuccess(await finished(start(["stack", "export", "--stack", "sandbox", "--file", file])));
            const state = JSON.parse(readFileSync(file, "utf8")) as StoredState;
            for (const { outputs } of state.deployment.resources ?? []) {
                const found = outputs?.[FOUND];
                if (found) Object.assign(found, { existed: false }, found.active !== undefined && { active: false });
            }
            writeFileSync(file, JSON.stringify(state));
            demandSuccess(await finished(start(["stack", "import", "--stack", "sandbox", "--file", file])));
        } finally {
            rmSync(directory, { recursive: true });
        }
    },
};

/** Of `pulumi stack export`. */
interface StoredState {
    readonly deployment: {
        readonly resources?: readonly { readonly outputs?: { readonly [FOUND]?: { active?: boolean } } }[];
    };
}

/** @returns the output @throws with the output of a command that failed */
export function demandSuccess({ code, output }: Outcome): string {
    if (code !== 0) throw new Error(`ended with code ${code}:\n${output}`);
    return output;
}

/** One command of `pulumi` on the project of this checkout, whatever its code. */
export function pulumi(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Outcome> {
    return finished(start(args, environment));
}

function start(args: readonly string[], env: NodeJS.ProcessEnv = process.env): ChildProcess {
    // A group of its own, so that a kill reaches the plugins too.
    return spawn("pulumi", args, {
        detached: true,
        cwd: root,
        env,
        stdio: ["ignore", "pipe", "pipe"],
    });
}

function finished(child: ChildProcess): Promise<Outcome> {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding("utf8").on("data", (text: string) => {
            output += text;
        });
    }
    return new Promise((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => resolve({ code, output }));
    });
}
