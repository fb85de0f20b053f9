import { contextFor, type World } from "../lib/context.js";
import type { Origin, Part } from "../lib/part.js";
import type { Places } from "../lib/places.js";
import { listeningPorts, residentMemory, withDescendants } from "../lib/processes.js";
import { openWorld } from "../lib/sandbox.js";
import { parts } from "../parts/index.js";

/** A running process of the sandbox. */
export interface ProcessStatus {
    readonly name: string;
    readonly running: boolean;
    readonly pid: number;
    /** Of the process and all it started, in ascending order. */
    readonly ports: readonly number[];
    /** Bytes, of the process and all it started. */
    readonly memory: number;
}

export interface PartStatus {
    readonly name: string;
    /** Left out while its programs are not installed. */
    readonly origin?: Origin;
}

export interface Status {
    readonly parts: readonly PartStatus[];
    readonly processes: readonly ProcessStatus[];
}

export async function readStatus(places: Places): Promise<Status> {
    const world = openWorld(places);
    return {
        parts: await Promise.all(parts.map((part) => partStatus(part, world))),
        processes: world.supervisor.records().map((record) => {
            const running = world.supervisor.find(record.name) !== undefined;
            const pids = running ? withDescendants([record.pid]) : [];
            const ports = new Set(pids.flatMap((pid) => [...listeningPorts(pid)]));
            return {
                name: record.name,
                running,
                pid: record.pid,
                ports: [...ports].sort((one, other) => one - other),
                memory: pids.reduce((sum, pid) => sum + residentMemory(pid), 0),
            };
        }),
    };
}

export async function showStatus(places: Places, json: boolean): Promise<void> {
    const status = await readStatus(places);
    process.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status));
}

/** Two tables: what each part is, and what runs. */
export function statusText({ parts, processes }: Status): string {
    const origins = parts.map(({ name, origin }) => [
        name,
        origin === undefined ? "not installed yet" : describe(origin),
    ]);
    const running = processes.map(({ name, running, pid, ports, memory }) => [
        name,
        running ? "up" : "ended",
        running ? String(pid) : "",
        ports.join(" "),
        running ? `${(memory / 2 ** 20).toFixed(0)} MiB` : "",
    ]);
    const total = processes.reduce((sum, { memory }) => sum + memory, 0);
    const foot = `${processes.filter(({ running }) => running).length} of ${processes.length} processes up, ${(total / 2 ** 20).toFixed(0)} MiB`;
    return [
        table([["PART", "IS"], ...origins]),
        table([["PROCESS", "STATE", "PID", "PORTS", "MEMORY"], ...running]),
        `${foot}\n`,
    ].join("\n");
}

/** For example `real 2.8.3 (from this machine)`, or `double`. */
export function describe({ kind, version, from }: Origin): string {
    return [kind, version, from === "" ? "" : `(from ${from})`].filter((word) => word !== "").join(" ");
}

async function partStatus(part: Part, world: World): Promise<PartStatus> {
    const context = contextFor(world, part.name, () => {});
    const isInstalled = part.programs.every((program) => context.provenance(program) !== undefined);
    return { name: part.name, origin: isInstalled ? await part.origin(context) : undefined };
}

function table(rows: readonly (readonly string[])[]): string {
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
    return rows
        .map(
            (row) =>
                `${row
                    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
                    .join("  ")
                    .trimEnd()}\n`,
        )
        .join("");
}
