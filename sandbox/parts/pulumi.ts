import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { installPlugins } from "../doubles/pulumi/install.js";
import { programPath } from "../lib/context.js";
import { originOf } from "../lib/origin.js";
import type { Part, PartContext } from "../lib/part.js";
import { locate } from "../lib/places.js";

const passphraseValue = "PULUMI_CONFIG_PASSPHRASE";

/** The engine's home, its file backend and its plugins; nothing of it runs between two commands. */
export const pulumi: Part = {
    name: "pulumi",
    needs: [],
    programs: ["pulumi", "pulumi-resource-github"],
    origin: async (context) => originOf(context, "pulumi"),
    async start(context) {
        const home = context.directory;
        mkdirSync(join(context.stateDirectory, "pulumi-state"), { recursive: true, mode: 0o700 });
        if (!context.values.has(passphraseValue))
            context.values.set(passphraseValue, randomBytes(18).toString("base64url"));
        installBridge(context, home);
        const installed = await installPlugins({
            pulumiHome: home,
            node: context.node,
            buildDirectory: join(context.stateDirectory, "build"),
            path: programPath(locate()),
            preferred: locate().preferred,
        });
        const doubles = installed.filter(({ origin }) => origin === "double").map(({ name }) => name);
        context.say(doubles.length === 0 ? "all plugins are the official ones" : `doubles: ${doubles.join(", ")}`);
    },
    async stop() {},
};

/** Under the version that package.json pins; the engine takes any executable of the right name as the plugin. */
function installBridge(context: PartContext, home: string): void {
    const source = context.bin("pulumi-resource-github");
    const version = context.provenance("pulumi-resource-github")?.version;
    const directory = join(home, "plugins", `resource-github-v${version}`);
    const target = join(directory, "pulumi-resource-github");
    if (existsSync(target) && isSame(source, target)) return;
    mkdirSync(directory, { recursive: true });
    const beside = `${target}.new`;
    rmSync(beside, { force: true });
    try {
        linkSync(source, beside);
    } catch {
        // The cache is on another file system.
        copyFileSync(source, beside);
    }
    renameSync(beside, target);
}

function isSame(one: string, other: string): boolean {
    const [left, right] = [statSync(one), statSync(other)];
    return left.ino === right.ino || (left.size === right.size && left.mtimeMs <= right.mtimeMs);
}
