import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { UserError } from "../lib/errors.js";
import { run } from "../lib/run.js";
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
    const output = join(directory, Object.values(recipe.programs)[0] ?? recipe.name);
    const stamps = Object.entries(recipe.stamps).map(([variable, value]) => `-X ${variable}=${value}`);
    let compiled = 0;
    let fetched = 0;
    const started = Date.now();
    making.say("starting the compiler");
    const ticker = setInterval(() => making.say(progress()), 5_000);
    const progress = () => {
        if (compiled === 0) return fetched === 0 ? "reading modules" : `fetched ${fetched} modules`;
        const share = Math.min(compiled / recipe.packages, 0.99);
        const left = ((Date.now() - started) / share) * (1 - share);
        const done = `compiled ${compiled} of about ${recipe.packages} packages`;
        // Fetching modules comes first, and says nothing about the speed of the rest.
        return share < 0.1 ? done : `${done}, about ${duration(left)} left`;
    };
    try {
        await run(
            "go",
            ["build", "-v", "-trimpath", "-ldflags", ["-s -w", ...stamps].join(" "), "-o", output, recipe.package],
            {
                cwd: folder,
                env: goEnvironment(making.cache),
                log,
                signal: making.signal,
                onLine: (line) => {
                    if (line.startsWith("go: downloading ")) fetched += 1;
                    else compiled += 1;
                },
            },
        );
    } finally {
        clearInterval(ticker);
    }
}

/** How many builds at a time: each one keeps about two cores busy, and links with up to 3 GiB of memory. */
export function buildsAtATime(): number {
    return Math.max(1, Math.floor(cpus().length / 2));
}

function duration(milliseconds: number): string {
    const seconds = Math.round(milliseconds / 1000);
    return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
