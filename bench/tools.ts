import { join } from "node:path";
import { locate, prepare } from "../sandbox/lib/places.js";
import { findInstalled, makeInstalled, remember } from "../sandbox/toolchain/install.js";
import { recipeFor } from "../sandbox/toolchain/recipes.js";

/** Puts programs on PATH, from this machine or the cache; makes what is missing. */
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
    process.env.PATH = `${places.bin}:${process.env.PATH}`;
}
