import { copyFileSync, existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { UserError } from "../lib/errors.js";
import { type RunOptions, run } from "../lib/run.js";
import type { GoRecipe } from "./recipe.js";
import type { Making } from "./store.js";
import { compareVersions, versionIn } from "./version.js";

/** The first Go that fetches the exact version a module asks for by itself. */
const oldestGo = "1.21.0";

/** Caches stay below the cache directory, and stay deletable: Go makes module files read-only otherwise. */
export function goEnvironment(cache: string): Record<string, string> {
    return {
        CGO_ENABLED: "0",
        GOCACHE: join(cache, "go/build"),
        GOMODCACHE: join(cache, "go/mod"),
        GOPATH: join(cache, "go"),
        GOFLAGS: "-mod=readonly -buildvcs=false -modcacherw",
        // The compilers' own: with fewer collections they are a tenth faster, for some hundred MiB each (measured).
        GOGC: "400",
        GOTOOLCHAIN: "auto",
        GOWORK: "off",
    };
}

/** @throws when there is no usable Go, with the command that helps */
export async function requireGo(needed: readonly GoRecipe[], cache: string): Promise<void> {
    const reasons = needed.map(({ name, why }) => `  ${name}: ${why}`);
    const help = "Install Go (https://go.dev/dl, or: apt-get install golang) and run the same command again.";
    let version: string | undefined;
    try {
        version = versionIn((await run("go", ["version"], { env: goEnvironment(cache) })).stdout);
    } catch {
        throw new UserError("There is no Go on PATH. It is needed to build:", ...reasons, help);
    }
    if (compareVersions(version ?? "0", oldestGo) < 0) {
        throw new UserError(`Go ${version} is too old (${oldestGo} or later is needed) to build:`, ...reasons, help);
    }
}

/**
 * Builds one program. An interrupted build loses nothing: Go keeps every package that was compiled.
 *
 * @param directory gets the program
 * @param log gets the compiler's output
 */
export async function buildGo(recipe: GoRecipe, directory: string, log: string, making: Making): Promise<void> {
    const folder = join(making.modules, recipe.folder);
    if (!existsSync(join(folder, "go.mod"))) {
        throw new UserError(`The recipe of ${recipe.name} names ${folder}, which has no go.mod.`);
    }
    const targets = [recipe.package, ...(recipe.also ?? [])];
    // Several programs go into a directory, each by its own name.
    const output = recipe.also ? `${directory}/` : join(directory, Object.values(recipe.programs)[0] ?? recipe.name);
    const stamps = Object.entries(recipe.stamps).map(([variable, value]) => `-X ${variable}=${value}`);
    // Nobody debugs them: what a debugger would read is not even compiled, which is a seventh of the work (measured).
    const flags = ["-trimpath", "-gcflags=all=-dwarf=false", "-ldflags", ["-s -w", ...stamps].join(" ")];
    const options = { cwd: folder, env: goEnvironment(making.cache), log, signal: making.signal };
    const toCompile = await staleCount(targets, flags, options, making);
    let compiled = 0;
    const started = Date.now();
    const say = () => making.say(compileProgress(compiled, toCompile, Date.now() - started));
    say();
    const ticker = setInterval(say, 5_000);
    try {
        await run("go", ["build", "-v", ...flags, "-o", output, ...targets], {
            ...options,
            onLine: () => {
                compiled += 1;
            },
        });
    } finally {
        clearInterval(ticker);
    }
    for (const [name, { module, path }] of Object.entries(recipe.files ?? {})) {
        const { stdout } = await run("go", ["list", "-m", "-f", "{{.Dir}}", module], options);
        copyFileSync(join(stdout.trim(), path), join(directory, name));
    }
}

/** Fetches the modules and counts the packages that no build has compiled yet, an interrupted one or that of another program. */
async function staleCount(
    targets: readonly string[],
    flags: readonly string[],
    options: RunOptions,
    making: Making,
): Promise<number> {
    let fetched = 0;
    const say = () => making.say(fetched === 0 ? "reading modules" : `fetched ${fetched} modules`);
    say();
    const ticker = setInterval(say, 5_000);
    try {
        const { stdout } = await run(
            "go",
            ["list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", ...flags, ...targets],
            {
                ...options,
                onLine: (line) => {
                    if (line.startsWith("go: downloading ")) fetched += 1;
                },
            },
        );
        return stdout.split("\n").filter((line) => line !== "").length;
    } finally {
        clearInterval(ticker);
    }
}

/** What is said of a build: how far it is, and how long it will take once that can be told. */
export function compileProgress(compiled: number, toCompile: number, milliseconds: number): string {
    if (compiled >= toCompile) return "linking";
    const done = `compiled ${compiled} of ${toCompile} packages`;
    const share = compiled / toCompile;
    return share < 0.1 ? done : `${done}, about ${duration((milliseconds / share) * (1 - share))} left`;
}

/** How many builds at a time: each one keeps about two cores busy, and links with up to 3 GiB of memory. */
export function buildsAtATime(): number {
    return Math.max(1, Math.floor(cpus().length / 2));
}

function duration(milliseconds: number): string {
    const seconds = Math.round(milliseconds / 1000);
    return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
