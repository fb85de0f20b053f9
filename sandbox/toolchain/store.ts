import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, statSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { UserError } from "../lib/errors.js";
import { readIfThere } from "../lib/files.js";
import { withLock } from "../lib/lock.js";
import type { Recipe } from "./recipe.js";

/** What making a recipe may use. */
export interface Making {
    /** The cache directory. */
    readonly cache: string;
    /** Folder of the Go modules, `sandbox/toolchain`. */
    readonly modules: string;
    readonly say: (text: string) => void;
    readonly signal?: AbortSignal;
}

/** Names the outcome of a recipe: another recipe, another name, so that two checkouts can share one cache. */
export function hashOf(recipe: Recipe, modules: string): string {
    const hash = createHash("sha256").update(JSON.stringify([recipe.kind, recipe.version, arch()]));
    if (recipe.kind === "go") {
        hash.update(JSON.stringify([recipe.package, recipe.stamps]));
        if (recipe.also || recipe.files) hash.update(JSON.stringify([recipe.also, recipe.files]));
        for (const file of filesBelow(join(modules, recipe.folder))) {
            hash.update(`\0${file}\0`).update(readFileSync(join(modules, recipe.folder, file)));
        }
    }
    if (recipe.kind === "wheel") hash.update(recipe.sha256);
    if (recipe.kind === "debian") {
        // The libraries that a package is linked to are those of one release.
        hash.update(JSON.stringify(recipe.packages)).update(readIfThere("/etc/os-release") ?? "");
    }
    return hash.digest("hex").slice(0, 12);
}

function filesBelow(directory: string): string[] {
    return readdirSync(directory, { recursive: true })
        .map(String)
        .filter((file) => statSync(join(directory, file)).isFile())
        .sort();
}

/** Where the recipe's outcome lies once it is made. */
export function storedAt(recipe: Recipe, { cache, modules }: Pick<Making, "cache" | "modules">): string {
    return join(cache, "programs", `${recipe.name}-${hashOf(recipe, modules)}`);
}

/**
 * Makes the outcome unless it is there: in a directory beside it, which gets its name when it is whole. One process at a
 * time makes it, whichever checkout it works for.
 */
export async function stored(
    recipe: Recipe,
    making: Making,
    make: (directory: string) => Promise<void>,
): Promise<string> {
    const target = storedAt(recipe, making);
    if (existsSync(target)) return target;
    mkdirSync(join(making.cache, "programs"), { recursive: true });
    await withLock(
        `${target}.lock`,
        `makes ${recipe.name}`,
        async () => {
            if (existsSync(target)) return;
            const beside = `${target}.partial`;
            rmSync(beside, { recursive: true, force: true });
            mkdirSync(beside);
            await make(beside);
            renameSync(beside, target);
        },
        ({ pid }) => making.say(`process ${pid} makes it for another checkout; waiting`),
    );
    return target;
}

/**
 * @param purpose completes "… takes up to N GiB there"
 * @param help the next step
 * @throws when the file system of `directory` has less than that free
 */
export function requireSpace(directory: string, gibibytes: number, purpose: string, help: string): void {
    const { bavail, bsize } = statfsSync(directory);
    const free = (bavail * bsize) / 2 ** 30;
    if (free >= gibibytes) return;
    throw new UserError(
        `${directory} has ${free.toFixed(1)} GiB free; ${purpose} takes up to ${gibibytes} GiB there.`,
        `Free some space, ${help}`,
    );
}
