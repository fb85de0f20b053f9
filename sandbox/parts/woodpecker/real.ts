import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { programPath } from "../../lib/context.js";
import { writeAtomically } from "../../lib/files.js";
import type { PartContext } from "../../lib/part.js";
import { locate } from "../../lib/places.js";
import { declaredImages } from "../../lib/stackFile.js";
import { woodpeckerValues } from "../../seed/woodpecker.js";
import { agentEnvironment, agentName, serverEnvironment, serverName } from "./environment.js";
import { localImages } from "./images.js";
import { installBuildx, installClone, installShell } from "./launchers.js";

const install = { shell: installShell, buildx: installBuildx, clone: installClone };

export async function startServer(context: PartContext): Promise<void> {
    await context.spawn({
        name: serverName,
        command: context.bin(serverName),
        args: [],
        env: serverEnvironment(context),
    });
}

/**
 * Starts the agent with the local backend: what would be pods are processes. Their images are programs of the sandbox on the
 * agent's PATH, which give a step what its pod would have.
 */
export async function startAgent(context: PartContext): Promise<void> {
    const programs = join(context.directory, "images");
    rmSync(programs, { recursive: true, force: true });
    mkdirSync(programs);
    for (const { name, standIn } of localImages(declaredImages(context.root))) {
        install[standIn](context, join(programs, name));
    }
    // The agent looks for the clone plugin by this name, whatever image the workflow names.
    installClone(context, join(programs, "plugin-git"));
    const tokenFile = join(context.directory, "admin.token");
    writeAtomically(tokenFile, context.values.get(woodpeckerValues.adminToken) ?? "", 0o600);
    await context.spawn({
        name: agentName,
        command: context.bin(agentName),
        args: [],
        env: {
            ...agentEnvironment(context),
            PATH: `${programs}:${programPath(locate())}`,
            SANDBOX_WOODPECKER_TOKEN_FILE: tokenFile,
        },
    });
}
