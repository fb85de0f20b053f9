import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Writes beside the target and renames, so that a reader, or a run after an interruption, never sees half a file. */
export function writeAtomically(path: string, content: string | Buffer, mode = 0o644): void {
    const beside = `${path}.${process.pid}.tmp`;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(beside, content, { mode });
    chmodSync(beside, mode);
    renameSync(beside, path);
}

/** The file's text, or `undefined` where there is no such file. */
export function readIfThere(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8");
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
    }
}

/** The parsed file, or `undefined` where it is missing or cut off. */
export function readJson<T>(path: string): T | undefined {
    const text = readIfThere(path);
    if (text === undefined) return undefined;
    try {
        return JSON.parse(text) as T;
    } catch {
        return undefined;
    }
}

/** The last lines of a log, or a note that it is empty. */
export function tail(path: string, lines = 25): string {
    const text = (readIfThere(path) ?? "").trimEnd();
    if (text === "") return "(the log is empty)";
    return text.split("\n").slice(-lines).join("\n");
}
