import { linkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readJson } from "./files.js";
import { identify, isAlive, type ProcessIdentity } from "./processes.js";

/** Who holds a lock, and what for. */
export interface Holder extends ProcessIdentity {
    readonly purpose: string;
}

/**
 * Takes a lock file, taking over that of a process that is no more.
 *
 * @returns how to give it back, or who holds it
 */
export function tryLock(path: string, purpose: string): { release: () => void } | { holder: Holder } {
    const self = identify(process.pid);
    if (self === undefined)
        throw new Error("/proc does not list this process: the sandbox needs Linux with /proc mounted");
    const beside = `${path}.${process.pid}`;
    writeFileSync(beside, JSON.stringify({ ...self, purpose } satisfies Holder), { mode: 0o600 });
    try {
        for (;;) {
            try {
                linkSync(beside, path);
                return { release: () => rmSync(path, { force: true }) };
            } catch (error) {
                if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
            }
            const holder = readJson<Holder>(path);
            if (holder !== undefined && isAlive(holder)) return { holder };
            removeStale(path, holder);
        }
    } finally {
        rmSync(beside, { force: true });
    }
}

/** Two processes may find the same stale lock: only what was moved away can be judged without a race. */
function removeStale(path: string, seen: Holder | undefined): void {
    const aside = `${path}.stale.${process.pid}`;
    try {
        renameSync(path, aside);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
        throw error;
    }
    const moved = readJson<Holder>(aside);
    if (moved !== undefined && moved.pid !== seen?.pid && isAlive(moved)) {
        linkSync(aside, path);
    }
    rmSync(aside, { force: true });
}

/** Waits until the lock is free, holds it while `work` runs. */
export async function withLock<T>(
    path: string,
    purpose: string,
    work: () => Promise<T>,
    onWait: (holder: Holder) => void = () => {},
): Promise<T> {
    let told = false;
    for (;;) {
        const result = tryLock(path, purpose);
        if ("release" in result) {
            try {
                return await work();
            } finally {
                result.release();
            }
        }
        if (!told) onWait(result.holder);
        told = true;
        await sleep(300);
    }
}
