/** Small scripts that start the sandbox's own programs under the names that an agent looks for. */

import { join } from "node:path";
import { quote } from "../../lib/environment.js";
import { writeAtomically } from "../../lib/files.js";
import type { PartContext } from "../../lib/part.js";

/** The build plugin: an image of the applications' program. */
export function installBuildx(context: PartContext, path: string): void {
    install(path, `APP_PROGRAM=${quote(context.bin("app"))} exec ${node(context, "plugin-docker-buildx")}`);
}

/** The clone plugin. */
export function installClone(context: PartContext, path: string): void {
    install(path, `exec ${node(context, "woodpecker-clone")}`);
}

/** A shell with the step's ServiceAccount; the agent also tries it out by itself, outside of any step. */
export function installShell(context: PartContext, path: string): void {
    install(path, `[ -n "$CI_STEP_NAME" ] || exec /bin/sh "$@"\nexec ${node(context, "woodpecker-shell")} "$@"`);
}

function install(path: string, script: string): void {
    writeAtomically(path, `#!/bin/sh\n${script}\n`, 0o755);
}

function node(context: PartContext, bundle: string): string {
    return `${quote(context.node)} ${quote(join(context.stateDirectory, `build/${bundle}.cjs`))}`;
}
