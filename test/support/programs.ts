import { existsSync } from "node:fs";
import { join } from "node:path";
import { locate, prepare } from "../../sandbox/lib/places.js";
import { findInstalled, makeInstalled, remember } from "../../sandbox/toolchain/install.js";
import { recipeFor } from "../../sandbox/toolchain/recipes.js";

/** The directory of the sandbox's installed programs, or `undefined` where one of those named is not installed yet. */
export function sandboxPrograms(...names: readonly string[]): string | undefined {
    const directory = join(__dirname, "../../.sandbox/bin");
    return names.every((name) => existsSync(join(directory, name))) ? directory : undefined;
}

/** Puts programs on PATH that no part of the sandbox has, from this machine or the cache; makes what is missing. */
export async function usePrograms(...names: readonly string[]): Promise<void> {
    const places = locate();
    prepare(places);
    const modules = join(places.root, "sandbox/toolchain");
    for (const name of names) {
        const recipe = recipeFor(name);
        if (recipe === undefined) throw new Error(`There is no recipe for ${name}.`);
        const say = (text: string) => process.stderr.write(`${name}: ${text}\n`);
        const found =
            (await findInstalled(recipe, places, modules)) ??
            (await makeInstalled(recipe, places, { cache: places.cache, modules, say }));
        remember(places, found);
    }
    if (!process.env.PATH?.startsWith(`${places.bin}:`)) process.env.PATH = `${places.bin}:${process.env.PATH}`;
}
