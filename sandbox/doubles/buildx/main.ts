/**
 * Stands for the plugin `woodpeckerci/plugin-docker-buildx` of Woodpecker: settings come as PLUGIN_*, the sources are the working
 * directory, APP_PROGRAM is the program that the image consists of.
 */

import { resolve } from "node:path";
import { buildAndPush } from "../../lib/builder.js";
import { messageOf } from "../../lib/errors.js";
import { readBuild } from "./settings.js";

async function main(): Promise<void> {
    const { context, dockerfile, references, program } = readBuild(process.env);
    await buildAndPush({ program, dockerfile: resolve(context, dockerfile), references, print: console.log });
}

main().catch((error: unknown) => {
    console.error(messageOf(error));
    process.exitCode = 1;
});
