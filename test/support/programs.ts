import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** The directory of the sandbox's built programs, or `undefined` where one of those named has not been built yet. */
export function sandboxPrograms(...names: readonly string[]): string | undefined {
    const cache =
        process.env.CICD_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "cicd-pipeline");
    const directory = join(cache, "bin");
    return names.every((name) => existsSync(join(directory, name))) ? directory : undefined;
}
