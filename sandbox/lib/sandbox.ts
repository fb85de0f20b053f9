/** Bringing the whole sandbox up and down. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { parts } from "../parts/index.js";
import { machinesOfStack } from "../parts/machines.js";
import { imageNames } from "../parts/woodpecker/images.js";
import { buildsAtATime, requireGo } from "../toolchain/go.js";
import { findInstalled, forget, makeInstalled, remember } from "../toolchain/install.js";
import type { GoRecipe, Recipe } from "../toolchain/recipe.js";
import { recipeFor, recipes } from "../toolchain/recipes.js";
import { requireSpace } from "../toolchain/store.js";
import { contextFor, type World } from "./context.js";
import { writeEnvironment } from "./environment.js";
import { isDiskFull, UserError } from "./errors.js";
import { Gate, inOrder, runSteps, type Step, withNeeds } from "./graph.js";
import { tryLock } from "./lock.js";
import type { Part } from "./part.js";
import { type Places, prepare } from "./places.js";
import { claimPorts } from "./portClaims.js";
import { choosePorts, rememberedPorts, rememberPorts } from "./ports.js";
import { showProgress } from "./progress.js";
import { renderStackFile } from "./stackFile.js";
import { Supervisor } from "./supervisor.js";
import { StoredValues } from "./values.js";

/** Free space that a cold build of everything takes, caches included. */
const coldBuildGibibytes = 16;

/** Free space that the servers' data, logs and images take in the first hours. */
const stateGibibytes = 0.5;

/** What is there now, without starting anything. */
export function openWorld(places: Places): World {
    return {
        places,
        supervisor: new Supervisor(places),
        ports: rememberedPorts(places.state),
        values: new StoredValues(join(places.state, "values.json")),
    };
}

/**
 * Holds the checkout's lock while `work` changes what runs.
 *
 * @throws when another process of this checkout does the same
 */
export async function exclusively<T>(places: Places, purpose: string, work: () => Promise<T>): Promise<T> {
    prepare(places);
    const lock = tryLock(join(places.state, "lock"), purpose);
    if ("holder" in lock) {
        throw new UserError(
            `Process ${lock.holder.pid} works on the sandbox of this checkout (${lock.holder.purpose}).`,
            `Wait for it, or end it (kill ${lock.holder.pid}) and run the command again: it goes on where that one stopped.`,
        );
    }
    try {
        return await work();
    } finally {
        lock.release();
    }
}

/**
 * Installs what is missing and starts what does not run.
 *
 * @param only names of parts; with all that they need. @default every part
 * @throws with every failed part and the next step
 */
export async function bringUp(places: Places, only?: readonly string[]): Promise<World> {
    const selected = only === undefined ? parts : select(only);
    requireSpace(places.state, stateGibibytes, "what the servers keep", "and run the same command again.");
    const supervisor = new Supervisor(places);
    const ports = await claimPorts(places, (claimed) =>
        choosePorts(rememberedPorts(places.state), supervisor.ports(), claimed),
    );
    rememberPorts(places.state, ports);
    const world = { ...openWorld(places), supervisor, ports };

    const missing = await findMissing(neededRecipes(selected), places);
    renderStackFile(places, ports, imageNames(places), machinesOfStack(world.values));
    const toBuild = missing.filter((recipe): recipe is GoRecipe => recipe.kind === "go");
    if (toBuild.length > 0) await requireGo(toBuild, places.cache);
    if (toBuild.some(({ cpuSeconds }) => cpuSeconds > 100)) {
        const help = "or name another cache directory: CICD_CACHE=/some/where npm start";
        requireSpace(places.cache, coldBuildGibibytes, "building the missing programs", help);
    }

    const steps = [...installSteps(missing, world), ...selected.map((part) => startStep(part, world, missing))];
    await perform(steps);
    // Its keys and images are known only now.
    renderStackFile(places, ports, imageNames(places), machinesOfStack(world.values));
    writeEnvironment(world);
    return world;
}

/** Ends every process and takes back mounts; the state stays. */
export async function takeDown(places: Places): Promise<void> {
    const world = openWorld(places);
    const stops = inOrder(parts).map((part): Step => {
        // The other way round: what needs a part ends before it.
        const needs = parts.filter(({ needs }) => needs.includes(part.name)).map(({ name }) => name);
        return { name: part.name, needs, run: (say) => part.stop(contextFor(world, part.name, say)) };
    });
    try {
        await perform(stops);
    } finally {
        await world.supervisor.stopEverything();
    }
}

export async function reset(places: Places): Promise<void> {
    await takeDown(places);
    // The lock lies in there too; whoever waits for it finds a fresh state.
    rmSync(places.state, { recursive: true, force: true });
}

async function perform(steps: readonly Step[]): Promise<void> {
    const progress = showProgress(steps.map(({ name }) => name));
    const failures = await runSteps(steps, progress);
    await progress.end();
    if (failures.length === 0) return;
    const unexpected = failures.find(({ error }) => !(error instanceof UserError));
    if (unexpected !== undefined && process.env.DEBUG) throw unexpected.error;
    throw new UserError(
        ...failures.map(({ name, error }) => `${name}: ${error instanceof Error ? error.message : error}\n`),
        ...(failures.some(({ error }) => isDiskFull(error)) ? ["A disk is full: free some space first."] : []),
        "What worked stays up. Mend the cause and run the same command again: it goes on from here.",
    );
}

function select(names: readonly string[]): Part[] {
    const known = parts.map(({ name }) => name);
    const unknown = names.filter((name) => !known.includes(name));
    if (unknown.length > 0) {
        throw new UserError(`There is no part called ${unknown.join(", ")}.`, `The parts are: ${known.join(", ")}`);
    }
    return withNeeds(parts, names);
}

function neededRecipes(selected: readonly Part[]): Recipe[] {
    const programs = new Set(selected.flatMap((part) => part.programs));
    const needed = new Set<Recipe>(recipes.filter(({ kind }) => kind === "installed"));
    for (const program of programs) {
        const recipe = recipeFor(program);
        if (recipe === undefined) throw new Error(`no recipe makes the program ${program}`);
        needed.add(recipe);
    }
    return [...needed];
}

/** Remembers what is there and returns the rest, the longest build first. */
async function findMissing(needed: readonly Recipe[], places: Places): Promise<Recipe[]> {
    const modules = join(places.root, "sandbox/toolchain");
    const found = await Promise.all(needed.map((recipe) => findInstalled(recipe, places, modules)));
    needed.forEach((recipe, index) => {
        const inventory = found[index];
        if (inventory !== undefined) remember(places, inventory);
        else if (recipe.kind === "installed") forget(places, Object.keys(recipe.programs));
    });
    const cost = (recipe: Recipe) => (recipe.kind === "go" ? recipe.cpuSeconds : 0);
    return needed
        .filter((recipe, index) => found[index] === undefined && recipe.kind !== "installed")
        .sort((one, other) => cost(other) - cost(one));
}

function installSteps(missing: readonly Recipe[], world: World): Step[] {
    const builds = new Gate(buildsAtATime());
    return missing.map((recipe) => ({
        name: installName(recipe),
        needs: [],
        ...(recipe.kind === "go" && { gate: builds }),
        run: async (say) => {
            const modules = join(world.places.root, "sandbox/toolchain");
            remember(
                world.places,
                await makeInstalled(recipe, world.places, { cache: world.places.cache, modules, say }),
            );
        },
    }));
}

function startStep(part: Part, world: World, missing: readonly Recipe[]): Step {
    const recipesMissing = missing.filter((recipe) => part.programs.some((program) => program in recipe.programs));
    return {
        name: part.name,
        needs: [...part.needs, ...recipesMissing.map(installName)],
        run: (say) => part.start(contextFor(world, part.name, say)),
    };
}

function installName(recipe: Recipe): string {
    return `install ${recipe.name}`;
}
