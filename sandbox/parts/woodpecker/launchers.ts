/** Small scripts that start the sandbox's own programs under the names that an agent looks for. */

import { join } from "node:path";
import { quote } from "../../lib/environment.js";
import { writeAtomically } from "../../lib/files.js";
import type { PartContext } from "../../lib/part.js";

/** The build plugin: an image of the applications' program. */
export function installBuildx(context: PartContext, path: string): void {
    install(context, path, "plugin-docker-buildx", `APP_PROGRAM=${quote(context.bin("app"))} `);
}

/** The clone plugin. */
export function installClone(context: PartContext, path: string): void {
    install(context, path, "woodpecker-clone");
}

export function installShell(context: PartContext, path: string): void {
    writeAtomically(path, shellLauncher(context.node, bundle(context, "woodpecker-shell")), 0o755);
}

/** A shell with the step's ServiceAccount; the agent also tries it out by itself, outside of any step. */
export function shellLauncher(node: string, program: string): string {
    return `#!/bin/sh\n[ -n "$CI_STEP_NAME" ] || exec /bin/sh "$@"\nexec ${quote(node)} ${quote(program)} "$@"\n`;
}

function install(context: PartContext, path: string, name: string, environment = ""): void {
    const command = `${environment}exec ${quote(context.node)} ${quote(bundle(context, name))}`;
    writeAtomically(path, `#!/bin/sh\n${command}\n`, 0o755);
}

function bundle(context: PartContext, name: string): string {
    return join(context.stateDirectory, `build/${name}.cjs`);
}
