import { existsSync } from "node:fs";
import { join } from "node:path";

/** The directory of the sandbox's installed programs, or `undefined` where one of those named is not installed yet. */
export function sandboxPrograms(...names: readonly string[]): string | undefined {
    const directory = join(__dirname, "../../.sandbox/bin");
    return names.every((name) => existsSync(join(directory, name))) ? directory : undefined;
}
