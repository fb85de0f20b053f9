import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Inventory, readInventory } from "../toolchain/install.js";
import { recipeFor } from "../toolchain/recipes.js";
import { UserError } from "./errors.js";
import type { PartContext } from "./part.js";
import type { Places } from "./places.js";
import type { Ports } from "./ports.js";
import type { Supervisor } from "./supervisor.js";
import type { StoredValues } from "./values.js";

/** What all parts share. */
export interface World {
    readonly places: Places;
    readonly supervisor: Supervisor;
    readonly ports: Ports;
    readonly values: StoredValues;
}

/** PATH of the sandbox's processes: its own programs, its node, then the machine's. */
export function programPath(places: Places): string {
    const machine = (process.env.PATH ?? "/usr/bin:/bin").split(":");
    // npm puts folders before everything else that nobody asked for.
    const own = machine.filter((directory) => !/node_modules\/(\.bin|@npmcli)|node-gyp-bin/.test(directory));
    return [...new Set([places.bin, dirname(process.execPath), ...own])].join(":");
}

export function contextFor(world: World, part: string, say: (text: string) => void): PartContext {
    const { places, supervisor, ports, values } = world;
    const directory = join(places.state, part);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return {
        directory,
        stateDirectory: places.state,
        root: places.root,
        port: (name) => ports[name],
        bin: (program) => programAt(readInventory(places), program),
        provenance: (program) => readInventory(places)[program],
        node: process.execPath,
        spawn: (process) => supervisor.spawn(process, programPath(places)),
        stop: (name) => supervisor.stop(name),
        waitUntil: async (what, probe, options) => {
            say(`waiting for ${what}`);
            await supervisor.waitUntil(what, probe, options);
        },
        say,
        values,
    };
}

function programAt(inventory: Inventory, program: string): string {
    const installed = inventory[program];
    if (installed !== undefined) return installed.path;
    const recipe = recipeFor(program);
    throw new UserError(
        recipe === undefined
            ? `No recipe of sandbox/toolchain/recipes.ts makes the program ${program}.`
            : `${program} is not installed. It is made by the recipe ${recipe.name}: npm run sandbox -- up`,
    );
}
