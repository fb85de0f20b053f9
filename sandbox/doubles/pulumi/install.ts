/** Puts the plugins where the engine looks for them: official ones where they are to be had, else the doubles. */

import { access, chmod, constants, lstat, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { versionOf } from "./pluginVersion.js";

/** Tells our own launchers from official plugins. */
const marker = "# stand-in of the sandbox";

interface PluginSpec {
    readonly kind: "resource" | "language";
    readonly name: string;
    readonly version: string;
}

/** What the program needs, in the versions of package.json; the language host has the engine's version. */
export const pluginSpecs: readonly PluginSpec[] = [
    { kind: "language", name: "nodejs", version: "3.259.0" },
    { kind: "resource", name: "kubernetes", version: "4.34.2" },
    { kind: "resource", name: "vault", version: "7.8.0" },
    { kind: "resource", name: "command", version: "1.2.1" },
    { kind: "resource", name: "docker", version: "5.2.0" },
];

export interface PluginPlaces {
    /** PULUMI_HOME of the sandbox. */
    readonly pulumiHome: string;
    /** Absolute path of a node of version 22 or later. */
    readonly node: string;
    /** Directory of the bundles `pulumi-plugin.cjs` and `pulumi-language-nodejs.cjs`. */
    readonly buildDirectory: string;
    /** PATH to look for official plugins on. @default the process's own */
    readonly path?: string;
    /** Directories, separated as in PATH, whose official plugins go before all others. @default none */
    readonly preferred?: string;
}

export interface InstalledPlugin extends PluginSpec {
    readonly origin: "official" | "double";
    /** The executable. */
    readonly executable: string;
}

/**
 * Installs all plugins; running it again changes nothing.
 *
 * An official plugin in a preferred directory, on PATH, in PULUMI_HOME or in ~/.pulumi/plugins is left alone and used. All
 * doubles go to PULUMI_HOME, the language host too: the engine warns about each plugin that it finds on PATH.
 */
export async function installPlugins(places: PluginPlaces): Promise<InstalledPlugin[]> {
    return Promise.all(pluginSpecs.map((spec) => installPlugin(spec, places)));
}

async function installPlugin(spec: PluginSpec, places: PluginPlaces): Promise<InstalledPlugin> {
    const program = `pulumi-${spec.kind}-${spec.name}`;
    const folder = `${spec.kind}-${spec.name}-v${spec.version}`;
    const directory = join(places.pulumiHome, "plugins", folder);
    const executable = join(directory, program);

    // A link is of an earlier run, which preferred another program.
    if (await isLink(executable)) await rm(executable);
    const preferred = await officialOnPath(spec, program, places.preferred ?? "");
    if (preferred !== undefined) {
        await mkdir(directory, { recursive: true });
        await rm(executable, { force: true });
        await symlink(preferred, executable);
        return { ...spec, origin: "official", executable };
    }
    const ambient = await officialOnPath(spec, program, places.path ?? process.env.PATH ?? "");
    if (ambient !== undefined) {
        return { ...spec, origin: "official", executable: ambient };
    }
    if (await isOfficial(executable)) {
        return { ...spec, origin: "official", executable };
    }
    const users = join(homedir(), ".pulumi", "plugins", folder);
    if (!(await exists(directory)) && (await isOfficial(join(users, program)))) {
        await mkdir(join(places.pulumiHome, "plugins"), { recursive: true });
        await symlink(users, directory);
        return { ...spec, origin: "official", executable };
    }
    await mkdir(directory, { recursive: true });
    await writeLauncher(executable, launcher(spec, places));
    return { ...spec, origin: "double", executable };
}

/** The shell script that stands in for a plugin. */
function launcher(spec: PluginSpec, places: PluginPlaces): string {
    const bundle = spec.kind === "language" ? "pulumi-language-nodejs.cjs" : "pulumi-plugin.cjs";
    const words = [places.node, join(places.buildDirectory, bundle)].map(
        (word) => `'${word.replaceAll("'", "'\\''")}'`,
    );
    const argument = spec.kind === "language" ? "" : ` ${spec.name}`;
    return `#!/bin/sh\n${marker}\nexec ${words.join(" ")}${argument} "$@"\n`;
}

async function writeLauncher(path: string, text: string): Promise<void> {
    if ((await readFile(path, "utf8").catch(() => undefined)) === text) {
        return;
    }
    // Renamed into place: an engine that runs just now never sees half a file.
    const unfinished = `${path}.${process.pid}`;
    await writeFile(unfinished, text);
    await chmod(unfinished, 0o755);
    await rename(unfinished, path);
}

async function officialOnPath(spec: PluginSpec, program: string, path: string): Promise<string | undefined> {
    for (const directory of path.split(delimiter).filter((entry) => entry !== "")) {
        const candidate = join(directory, program);
        if (await isOfficial(candidate)) {
            return (await versionOf(candidate)) === spec.version ? candidate : undefined;
        }
    }
    return undefined;
}

async function isOfficial(path: string): Promise<boolean> {
    if (
        !(await access(path, constants.X_OK).then(
            () => true,
            () => false,
        ))
    ) {
        return false;
    }
    // Official plugins are binaries of many megabytes; only the head is of interest, and only a script can be ours.
    const text = await readFile(path);
    return !text.subarray(0, 200).includes(marker);
}

function isLink(path: string): Promise<boolean> {
    return lstat(path).then(
        (status) => status.isSymbolicLink(),
        () => false,
    );
}

function exists(path: string): Promise<boolean> {
    return access(path).then(
        () => true,
        () => false,
    );
}
