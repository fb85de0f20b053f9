/** The few things that a real node leaves on the machine outside of its enclosure, and how they are taken back. */

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Lies in a directory that a sandbox made; nobody sees it in an enclosure, where another directory lies on top. */
const marker = ".made-by-cicd-pipeline-sandbox";
/** The name under which the first process of an enclosure runs: see `toolchain/enclose`. */
const enclosure = "enclose-inside";

/** Makes the directories that are missing and marks them as made here. */
export function makeMountPoints(targets: readonly string[]): void {
    for (const target of targets.filter((each) => !existsSync(each))) {
        mkdirSync(target);
        writeFileSync(join(target, marker), "");
    }
}

/**
 * Removes what any sandbox made, once no enclosure is left: another one's mounts would go with the directory.
 *
 * @param inUse whether an enclosure runs, this sandbox's or another one's
 */
export function removeMountPoints(targets: readonly string[], inUse = () => isRunning(enclosure)): void {
    const made = targets.filter((target) => existsSync(join(target, marker)));
    if (made.length === 0 || inUse()) return;
    for (const target of made) {
        rmSync(join(target, marker));
        removeDirectory(target);
    }
}

function isRunning(name: string): boolean {
    return readdirSync("/proc")
        .filter((entry) => /^\d+$/.test(entry))
        .some((pid) => {
            try {
                return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0] === name;
            } catch {
                return false;
            }
        });
}

/**
 * Removes the empty groups of containers that ended with the enclosure, not by runc's hand. Other nodes have theirs beside them,
 * some of them empty because they were made a moment ago.
 *
 * @param containers ids
 * @param inUse whether an enclosure runs, this sandbox's or another one's
 */
export function removeControlGroups(
    containers: readonly string[],
    root = "/sys/fs/cgroup",
    inUse = () => isRunning(enclosure),
): void {
    if (!existsSync(root)) return;
    // Version 1 has a hierarchy for each controller, version 2 a single one.
    const parents = [".", ...directoriesIn(root)].map((hierarchy) => join(root, hierarchy, "k8s.io"));
    for (const parent of parents) {
        for (const container of containers) removeGroup(join(parent, container));
    }
    if (inUse()) return;
    for (const parent of parents) removeGroup(parent);
}

/** Name of the group that an engine makes its containers' groups in. @param directory of the part */
export function controlGroupOf(directory: string): string {
    return `cicd-sandbox-${createHash("sha256").update(directory).digest("hex").slice(0, 8)}`;
}

/** Removes it with all that is in it, once its processes have ended. */
export function removeOwnControlGroup(directory: string, root = "/sys/fs/cgroup"): void {
    if (!existsSync(root)) return;
    for (const hierarchy of [".", ...directoriesIn(root)])
        removeGroup(join(root, hierarchy, controlGroupOf(directory)));
}

function removeGroup(group: string): void {
    if (!existsSync(group)) return;
    for (const child of directoriesIn(group)) removeGroup(join(group, child));
    removeDirectory(group);
}

function directoriesIn(directory: string): string[] {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** A group is busy, and a directory not empty, when another node of this machine uses it; another user's cannot be removed. */
function removeDirectory(directory: string): void {
    try {
        rmdirSync(directory);
    } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (!["ENOENT", "EBUSY", "ENOTEMPTY", "EACCES", "EPERM", "EROFS"].includes(code ?? "")) throw error;
    }
}
