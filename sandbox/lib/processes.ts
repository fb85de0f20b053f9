/** What Linux says about running processes. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process beyond doubt: a pid alone may have been given to another program since. */
export interface ProcessIdentity {
    readonly pid: number;
    /** Clock ticks after boot. */
    readonly startTime: number;
    readonly bootId: string;
}

/** The fields of `/proc/<pid>/stat` in use. */
export interface ProcessStat {
    readonly state: string;
    readonly parent: number;
    readonly session: number;
    readonly startTime: number;
}

/** The name of a program may hold blanks and parentheses, so fields are counted from the last one. */
export function parseStat(text: string): ProcessStat {
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return {
        state: fields[0] ?? "",
        parent: Number(fields[1]),
        session: Number(fields[3]),
        startTime: Number(fields[19]),
    };
}

/** Inodes of the sockets that listen, by port, out of the text of `/proc/net/tcp` or `tcp6`. */
export function parseListeners(text: string): Map<string, number> {
    const listening = "0A";
    const byInode = new Map<string, number>();
    for (const line of text.split("\n").slice(1)) {
        const fields = line.trim().split(/\s+/);
        const port = fields[1]?.split(":").at(-1);
        if (fields[3] === listening && port !== undefined && fields[9] !== undefined) {
            byInode.set(fields[9], Number.parseInt(port, 16));
        }
    }
    return byInode;
}

function read(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return undefined;
    }
}

export function statOf(pid: number): ProcessStat | undefined {
    const text = read(`/proc/${pid}/stat`);
    return text === undefined ? undefined : parseStat(text);
}

/** `undefined` when there is no such process, or only its unreaped remains. */
export function identify(pid: number): ProcessIdentity | undefined {
    const stat = statOf(pid);
    if (stat === undefined || stat.state === "Z" || stat.state === "X") return undefined;
    return { pid, startTime: stat.startTime, bootId: read("/proc/sys/kernel/random/boot_id")?.trim() ?? "" };
}

export function isAlive(process: ProcessIdentity): boolean {
    const now = identify(process.pid);
    return now !== undefined && now.startTime === process.startTime && now.bootId === process.bootId;
}

/** Resident memory in bytes; 0 for a process that is gone. */
export function residentMemory(pid: number): number {
    const kibibytes = read(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB/m)?.[1];
    return Number(kibibytes ?? 0) * 1024;
}

/** TCP ports on which this very process listens. */
export function listeningPorts(pid: number): Set<number> {
    const listeners = new Map([
        ...parseListeners(read(`/proc/${pid}/net/tcp`) ?? ""),
        ...parseListeners(read(`/proc/${pid}/net/tcp6`) ?? ""),
    ]);
    const ports = new Set<number>();
    let descriptors: string[] = [];
    try {
        descriptors = readdirSync(`/proc/${pid}/fd`);
    } catch {
        return ports;
    }
    for (const descriptor of descriptors) {
        try {
            const inode = readlinkSync(`/proc/${pid}/fd/${descriptor}`).match(/^socket:\[(\d+)\]$/)?.[1];
            const port = inode === undefined ? undefined : listeners.get(inode);
            if (port !== undefined) ports.add(port);
        } catch {
            // Closed in the meantime.
        }
    }
    return ports;
}

/** The processes and all that descends from them. */
export function withDescendants(pids: readonly number[]): number[] {
    const children = new Map<number, number[]>();
    for (const pid of allPids()) {
        const parent = statOf(pid)?.parent;
        if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid]);
    }
    const found = [...pids];
    for (const pid of found) found.push(...(children.get(pid) ?? []));
    return found;
}

function allPids(): number[] {
    return readdirSync("/proc")
        .filter((entry) => /^\d+$/.test(entry))
        .map(Number);
}

/** Every process with `NAME=value` in the environment it was started with, whoever its parent is now. */
export function findByEnvironment(name: string, value: string): ProcessIdentity[] {
    const found: ProcessIdentity[] = [];
    for (const pid of allPids()) {
        if (read(`/proc/${pid}/environ`)?.split("\0").includes(`${name}=${value}`)) {
            const process = identify(pid);
            if (process !== undefined) found.push(process);
        }
    }
    return found;
}

/**
 * Ends processes together with their groups: TERM first, KILL after the grace, and waits until they are gone.
 *
 * @param graceMilliseconds @default 10000
 */
export async function end(processes: readonly ProcessIdentity[], graceMilliseconds = 10_000): Promise<void> {
    const deadline = Date.now() + graceMilliseconds;
    let left = processes.filter(isAlive);
    for (const process of left) signal(process, "SIGTERM");
    while (left.length > 0) {
        if (Date.now() > deadline) for (const process of left) signal(process, "SIGKILL");
        await new Promise((resolve) => setTimeout(resolve, 30));
        left = left.filter(isAlive);
    }
}

function signal(target: ProcessIdentity, name: NodeJS.Signals): void {
    const leadsItsGroup = statOf(target.pid)?.session === target.pid;
    try {
        process.kill(leadsItsGroup ? -target.pid : target.pid, name);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
}
