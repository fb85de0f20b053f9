import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../lib/errors.js";
import { withLock } from "../lib/lock.js";
import { findExecutable, run } from "../lib/run.js";
import type { DebianRecipe } from "./recipe.js";
import type { Making } from "./store.js";

/** File in an unpacked recipe that says which version the distribution had. */
export const versionFile = "VERSION";
/** Where the libraries of a package end up that the system itself lacks. */
const libraryDirectories = [
    "usr/lib/x86_64-linux-gnu",
    "lib/x86_64-linux-gnu",
    "usr/lib",
    "lib",
    "usr/lib/x86_64-linux-gnu/pulseaudio",
];

/** Unpacks the packages, and those libraries they need that the system does not have; needs no root. */
export async function unpackDebian(
    recipe: DebianRecipe,
    directory: string,
    log: string,
    making: Making,
): Promise<void> {
    for (const tool of ["apt-get", "dpkg-deb"]) {
        if (findExecutable(tool, process.env.PATH ?? "") === undefined) {
            throw new UserError(
                `There is no ${tool} on PATH, so ${recipe.packages.join(", ")} cannot be had; it is needed ${recipe.why}.`,
                `Install ${Object.keys(recipe.programs).join(", ")} with this system's package manager and run the same command again.`,
            );
        }
    }
    const unpack = new Unpacker(directory, log, making);
    for (const name of recipe.packages) await unpack.add(name);
    writeFileSync(join(directory, versionFile), unpack.version ?? recipe.version);
    for (const path of Object.values(recipe.programs)) {
        const program = join(directory, path);
        await unpack.addLibrariesOf(program);
        if (await unpack.lacksLibraries(program)) wrap(program, directory);
    }
}

class Unpacker {
    /** Of the first package. */
    version: string | undefined;
    private readonly done = new Set<string>();
    private depends: string[] = [];

    constructor(
        private readonly directory: string,
        private readonly log: string,
        private readonly making: Making,
    ) {}

    async add(name: string): Promise<void> {
        if (this.done.has(name)) return;
        this.done.add(name);
        this.making.say(`downloading ${name}`);
        const downloads = join(this.directory, "downloads");
        mkdirSync(downloads, { recursive: true });
        await download(name, downloads, this.log, this.making);
        for (const file of readdirSync(downloads)) {
            const path = join(downloads, file);
            await run("dpkg-deb", ["-x", path, this.directory], { log: this.log });
            const fields = (await run("dpkg-deb", ["-f", path, "Version", "Depends"])).stdout;
            this.version ??= fields.match(/^Version: (?:\d+:)?(\d+[\d.]*\d)/m)?.[1];
            this.depends.push(...librariesIn(fields.match(/^Depends: (.*)$/m)?.[1] ?? ""));
        }
        rmSync(downloads, { recursive: true });
    }

    /** A few rounds, as libraries need libraries. */
    async addLibrariesOf(program: string): Promise<void> {
        for (let round = 0; round < 4 && (await missing(program, this.directory)).length > 0; round += 1) {
            const candidates = this.depends;
            this.depends = [];
            for (const name of candidates) if (!(await isInstalled(name))) await this.add(name);
        }
        const left = await missing(program, this.directory);
        if (left.length > 0) {
            throw new UserError(`${program} needs libraries that no package brought: ${left.join(", ")}`);
        }
    }

    async lacksLibraries(program: string): Promise<boolean> {
        return (await missing(program)).length > 0;
    }
}

/** The names of library packages in a Depends field; of alternatives the first. */
export function librariesIn(depends: string): string[] {
    return depends
        .split(",")
        .map((entry) => entry.trim().split(/[\s|(]/)[0] ?? "")
        .filter((name) => name.startsWith("lib"));
}

async function isInstalled(name: string): Promise<boolean> {
    const { stdout } = await run("dpkg-query", ["-W", "-f", "${db:Status-Status}", name], { accept: [0, 1] });
    return stdout === "installed";
}

function libraryPath(directory: string): string {
    return libraryDirectories.map((path) => join(directory, path)).join(":");
}

async function missing(program: string, directory?: string): Promise<string[]> {
    const env: Record<string, string> = directory === undefined ? {} : { LD_LIBRARY_PATH: libraryPath(directory) };
    const { stdout } = await run("ldd", [program], { env, accept: [0, 1] });
    return [...stdout.matchAll(/^\s*(\S+) => not found$/gm)].map((match) => match[1] ?? "");
}

/** The program's name becomes a script that shows it its libraries; `exec` keeps pid and absolute path. */
function wrap(program: string, directory: string): void {
    const target = `${program}.real`;
    renameSync(program, target);
    // The directory is renamed when it is whole: paths are taken from where the script lies.
    const up = program
        .slice(directory.length + 1)
        .replace(/[^/]+/g, "..")
        .replace(/^\.\.\/?/, "");
    const paths = libraryDirectories.map((path) => `$root/${path}`).join(":");
    writeFileSync(
        program,
        [
            "#!/bin/sh",
            `root=$(cd "$(dirname "$(readlink -f "$0")")/${up}" && pwd)`,
            `LD_LIBRARY_PATH="${paths}" exec "$root/${target.slice(directory.length + 1)}" "$@"`,
            "",
        ].join("\n"),
    );
    chmodSync(program, 0o755);
}

/** With the system's package lists, or with fresh ones of our own where those are empty or out of date. */
async function download(name: string, directory: string, log: string, making: Making): Promise<void> {
    const { signal } = making;
    // apt refuses to leave root's rights towards a directory that its own user may not enter.
    const options = ["-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3"];
    try {
        await run("apt-get", [...options, "download", name], { cwd: directory, log, signal });
        return;
    } catch {
        making.say("fetching package lists");
    }
    const lists = join(making.cache, "apt");
    const own = [
        ...options,
        "-o",
        `Dir::State::Lists=${join(lists, "lists")}`,
        "-o",
        `Dir::Cache=${join(lists, "cache")}`,
    ];
    mkdirSync(join(lists, "lists/partial"), { recursive: true });
    mkdirSync(join(lists, "cache/archives/partial"), { recursive: true });
    await withLock(`${lists}.lock`, "fetches package lists", async () => {
        if (!freshLists.has(lists)) await run("apt-get", [...own, "update"], { log, signal });
        freshLists.add(lists);
    });
    await run("apt-get", [...own, "download", name], { cwd: directory, log, signal });
    if (!existsSync(directory) || readdirSync(directory).length === 0) {
        throw new UserError(`apt-get downloaded nothing for ${name}; its log: ${log}`);
    }
}

const freshLists = new Set<string>();
