import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { UserError } from "../lib/errors.js";
import { readIfThere, readJson, writeAtomically } from "../lib/files.js";
import type { Provenance } from "../lib/part.js";
import type { Places } from "../lib/places.js";
import { findExecutable, run } from "../lib/run.js";
import { unpackDebian, versionFile } from "./debian.js";
import { buildGo } from "./go.js";
import type { Recipe } from "./recipe.js";
import { recipeFor } from "./recipes.js";
import { type Making, stored, storedAt } from "./store.js";
import { isAccepted, versionIn } from "./version.js";
import { unpackWheel } from "./wheel.js";

/** A program that can be started now. */
export interface Installed extends Provenance {
    readonly path: string;
}

/** Programs by name, as the last runs found or made them. */
export type Inventory = Readonly<Record<string, Installed>>;

const inventoryFile = "programs.json";
/** How a recipe's outcome is described in `status`. */
const origins = {
    go: "the Go module proxy",
    wheel: "PyPI",
    debian: "Debian",
} as const;

export function readInventory(places: Places): Inventory {
    return readJson<Inventory>(join(places.state, inventoryFile)) ?? {};
}

/**
 * Finds out what of a recipe is there without making anything: installed on this machine in an accepted version, or made
 * before.
 *
 * There is no step that downloads official releases: behind package registries only it would fail after its time limit
 * on every first run, and where the internet is open, the registries serve the same versions.
 */
export async function findInstalled(recipe: Recipe, places: Places, modules: string): Promise<Inventory | undefined> {
    return (await onThisMachine(recipe, places)) ?? (await inCache(recipe, places, modules));
}

/** Makes what {@link findInstalled} did not find. */
export async function makeInstalled(recipe: Recipe, places: Places, making: Making): Promise<Inventory> {
    if (recipe.kind === "installed") return {};
    mkdirSync(join(places.logs, "builds"), { recursive: true });
    const log = join(places.logs, "builds", `${recipe.name}.log`);
    rmSync(log, { force: true });
    await stored(recipe, making, async (directory) => {
        if (recipe.kind === "go") await buildGo(recipe, directory, log, making);
        else if (recipe.kind === "wheel") await unpackWheel(recipe, directory, log, making);
        else await unpackDebian(recipe, directory, log, making);
    });
    const found = await inCache(recipe, places, making.modules);
    if (found === undefined) throw new UserError(`${recipe.name} was made but is not in the cache; its log: ${log}`);
    return found;
}

/** Links the programs into the sandbox's own directory of programs and remembers where they came from. */
export function remember(places: Places, found: Inventory): void {
    for (const [name, { path }] of Object.entries(found)) {
        const link = join(places.bin, name);
        rmSync(link, { force: true });
        if (!recipeFor(name)?.offPath?.includes(name)) symlinkSync(path, link);
    }
    writeInventory(places, { ...readInventory(places), ...found });
}

/** Takes back what {@link remember} noted of programs that are no longer there. */
export function forget(places: Places, names: readonly string[]): void {
    const left = Object.entries(readInventory(places)).filter(([name]) => !names.includes(name));
    for (const name of names) rmSync(join(places.bin, name), { force: true });
    writeInventory(places, Object.fromEntries(left));
}

function writeInventory(places: Places, inventory: Inventory): void {
    writeAtomically(join(places.state, inventoryFile), `${JSON.stringify(inventory, null, 2)}\n`);
}

async function onThisMachine(recipe: Recipe, places: Places): Promise<Inventory | undefined> {
    const { accepted } = recipe;
    if (accepted === undefined) return undefined;
    const path = [places.preferred, process.env.PATH ?? "", ...(accepted.alsoIn ?? [])].join(delimiter);
    const names = Object.keys(recipe.programs);
    const paths = names.map((name) =>
        findExecutable(name, path, [places.state, places.cache, join(places.root, "node_modules")]),
    );
    const first = paths[0];
    if (first === undefined || paths.includes(undefined)) return undefined;
    const version = await versionOf(first, accepted.versionArguments);
    if (version === undefined || (version !== "" && !isAccepted(version, accepted))) return undefined;
    return Object.fromEntries(
        names.map((name, index) => [name, { path: paths[index] ?? "", version, from: "this machine" }]),
    );
}

/** Empty where nobody asks, `undefined` where the program does not say. */
async function versionOf(
    program: string,
    versionArguments: readonly string[] | undefined,
): Promise<string | undefined> {
    if (versionArguments === undefined) return "";
    try {
        const { stdout, stderr } = await run(program, versionArguments, { signal: AbortSignal.timeout(10_000) });
        return versionIn(stdout) ?? versionIn(stderr);
    } catch {
        return undefined;
    }
}

async function inCache(recipe: Recipe, places: Places, modules: string): Promise<Inventory | undefined> {
    if (recipe.kind === "installed") return undefined;
    const directory = storedAt(recipe, { cache: places.cache, modules });
    if (!existsSync(directory)) return undefined;
    const version = readIfThere(join(directory, versionFile))?.trim() ?? recipe.version;
    return Object.fromEntries(
        Object.entries(recipe.programs).map(([name, path]) => [
            name,
            { path: join(directory, path), version, from: origins[recipe.kind] },
        ]),
    );
}
