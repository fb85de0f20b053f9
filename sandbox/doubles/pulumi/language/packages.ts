/** Finds which provider plugins a program needs: packages in its node_modules that say `"pulumi": {"resource": true}`. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface RequiredPackage {
    readonly name: string;
    /** With a leading `v`. */
    readonly version: string;
    /** Where the plugin is to be downloaded from; empty for the default place. */
    readonly server: string;
}

interface PackageJson {
    readonly name?: string;
    readonly version?: string;
    readonly pulumi?: {
        readonly resource?: boolean;
        readonly name?: string;
        readonly version?: string;
        readonly server?: string;
    };
}

/** All plugins named by the packages below `directory/node_modules`, nested ones too, sorted by name and version. */
export async function requiredPackages(directory: string): Promise<RequiredPackage[]> {
    const found = new Map<string, RequiredPackage>();
    await visitModules(join(directory, "node_modules"), found);
    return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, required]) => required);
}

async function visitModules(modules: string, found: Map<string, RequiredPackage>): Promise<void> {
    const names = await namesIn(modules);
    await Promise.all(
        names.map((name) =>
            name.startsWith("@")
                ? visitModules(join(modules, name), found)
                : visitPackage(join(modules, name), found).then(() =>
                      visitModules(join(modules, name, "node_modules"), found),
                  ),
        ),
    );
}

async function visitPackage(directory: string, found: Map<string, RequiredPackage>): Promise<void> {
    const manifest = await readManifest(join(directory, "package.json"));
    const version = manifest?.pulumi?.version ?? manifest?.version;
    if (!manifest?.pulumi?.resource || version === undefined) {
        return;
    }
    // The short name is derived for @pulumi packages only; others have to name their plugin.
    const name = manifest.pulumi.name ?? manifest.name?.match(/^@pulumi\/(.+)$/)?.[1];
    if (name !== undefined) {
        const required = {
            name,
            version: version.startsWith("v") ? version : `v${version}`,
            server: manifest.pulumi.server ?? "",
        };
        found.set(`${name} ${required.version}`, required);
    }
}

async function namesIn(directory: string): Promise<string[]> {
    const names = await readdir(directory).catch(() => []);
    return names.filter((name) => !name.startsWith("."));
}

async function readManifest(path: string): Promise<PackageJson | undefined> {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text?.includes('"pulumi"') !== true) {
        return undefined;
    }
    try {
        return JSON.parse(text) as PackageJson;
    } catch {
        return undefined;
    }
}
