import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Measured {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
    readonly seconds: number;
    /** Largest resident memory, in MB. */
    readonly peakMegabytes: number;
}

export interface MeasureOptions {
    readonly cwd?: string;
    /** Counts the processes that it starts too: the largest sum there was at one time. @default false */
    readonly wholeTree?: boolean;
}

/** Runs a program to its end and watches how much memory it takes. */
export async function measure(
    command: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    { cwd, wholeTree = false }: MeasureOptions = {},
): Promise<Measured> {
    const started = performance.now();
    const child = spawn(command, args, {
        env: { PATH: process.env.PATH, ...env },
        stdio: ["ignore", "pipe", "pipe"],
        cwd,
    });
    const output = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
        output.stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
        output.stderr += chunk;
    });
    let peakMegabytes = 0;
    // the kernel keeps the high-water mark; it is gone with the process
    const watch = setInterval(
        () => {
            peakMegabytes = wholeTree
                ? Math.max(peakMegabytes, treeMegabytes(child.pid ?? 0))
                : (highWaterMark(child.pid) ?? peakMegabytes);
        },
        wholeTree ? 100 : 20,
    );
    const code = await new Promise<number | null>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", resolve);
    });
    clearInterval(watch);
    return { code, ...output, seconds: (performance.now() - started) / 1000, peakMegabytes };
}

function highWaterMark(pid: number | undefined): number | undefined {
    try {
        const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
        return kilobytes === undefined ? undefined : Math.round((Number(kilobytes) * 1.024) / 1000);
    } catch {
        return undefined;
    }
}

/** Resident memory of a process and all below it, now. */
function treeMegabytes(root: number): number {
    const parents = new Map<number, number>();
    for (const name of readdirSync("/proc")) {
        if (!/^\d+$/.test(name)) continue;
        const parent = statusField(Number(name), "PPid");
        if (parent !== undefined) parents.set(Number(name), parent);
    }
    const isBelow = (pid: number): boolean => pid === root || (parents.has(pid) && isBelow(parents.get(pid) ?? 0));
    const kilobytes = [...parents.keys()].filter(isBelow).map((pid) => statusField(pid, "VmRSS") ?? 0);
    return Math.round((kilobytes.reduce((sum, each) => sum + each, 0) * 1.024) / 1000);
}

function statusField(pid: number, name: string): number | undefined {
    try {
        const [, value] =
            new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
        return value === undefined ? undefined : Number(value);
    } catch {
        return undefined;
    }
}

/** CPU time of a process so far, in seconds. */
export function cpuSeconds(pid: number): number {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
}
