import { chmodSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Where everything of the sandbox lies; all of it below the checkout or in the one cache directory. */
export interface Places {
    /** The checkout. */
    readonly root: string;
    /** `.sandbox` in the checkout. */
    readonly state: string;
    /** The only directory outside of the checkout that is written to; shared by all checkouts. */
    readonly cache: string;
    /** Links to the installed programs: first on the PATH of every process of the sandbox. */
    readonly bin: string;
    /** Directories, separated as in PATH, whose programs go before all others; may be empty. */
    readonly preferred: string;
    /** The bundles that `build.mjs` writes. */
    readonly build: string;
    readonly temporary: string;
    readonly logs: string;
    /** One file for each process that was started. */
    readonly run: string;
}

/**
 * @param environment CICD_CACHE names the cache directory; without it `$XDG_CACHE_HOME/cicd-pipeline`, then
 *   `~/.cache/cicd-pipeline`; SANDBOX_PROGRAMS names directories to look through for programs before PATH
 */
export function locate(environment: NodeJS.ProcessEnv = process.env): Places {
    const root = resolve(__dirname, "../..");
    const state = join(root, ".sandbox");
    const caches = environment.XDG_CACHE_HOME || join(homedir(), ".cache");
    return {
        root,
        state,
        cache: resolve(environment.CICD_CACHE || join(caches, "cicd-pipeline")),
        bin: join(state, "bin"),
        preferred: environment.SANDBOX_PROGRAMS ?? "",
        build: join(state, "build"),
        temporary: join(state, "tmp"),
        logs: join(state, "logs"),
        run: join(state, "run"),
    };
}

/** Makes the directories; the state directory holds keys and tokens, so only its owner may enter it. */
export function prepare(places: Places): void {
    mkdirSync(places.state, { recursive: true });
    // The way in made it already, for its temporary files.
    chmodSync(places.state, 0o700);
    for (const directory of [places.bin, places.build, places.temporary, places.logs, places.run]) {
        mkdirSync(directory, { recursive: true });
    }
    mkdirSync(places.cache, { recursive: true });
}
