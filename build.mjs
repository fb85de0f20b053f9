/**
 * Bundles every program of the project into one file each:
 *
 *   providers/<name>/main.ts -> providers/<name>/dist/provider.cjs
 *   jobs/<name>/main.ts      -> dist/jobs/<name>.js
 *   policies/index.ts        -> policies/dist/pack.cjs
 *   sandboxPrograms          -> .sandbox/build/<name>.cjs
 */

import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const root = import.meta.dirname;

/** Folders below `parent` that hold the file. */
function foldersWith(parent, file) {
    const directory = join(root, parent);
    if (!existsSync(directory)) return [];
    return readdirSync(directory).filter((name) => existsSync(join(directory, name, file)));
}

const sandboxPrograms = {
    "plugin-docker-buildx": "sandbox/doubles/buildx/main.ts",
    github: "sandbox/doubles/github/server.ts",
    "pulumi-language-nodejs": "sandbox/doubles/pulumi/languageHost.ts",
    "pulumi-plugin": "sandbox/doubles/pulumi/plugin.ts",
    slack: "sandbox/doubles/slack/main.ts",
    woodpecker: "sandbox/doubles/woodpecker/main.ts",
    "woodpecker-clone": "sandbox/doubles/woodpecker/agent/clone.ts",
    "woodpecker-shell": "sandbox/doubles/woodpecker/agent/shell.ts",
};

const programs = [
    ...foldersWith("providers", "main.ts").map((name) => ({
        entry: `providers/${name}/main.ts`,
        output: `providers/${name}/dist/provider.cjs`,
    })),
    ...foldersWith("jobs", "main.ts").map((name) => ({
        entry: `jobs/${name}/main.ts`,
        output: `dist/jobs/${name}.js`,
        minify: true,
    })),
    // The SDK stays outside: the engine's runner loads its own copy, and secrets are told by its class.
    { entry: "policies/index.ts", output: "policies/dist/pack.cjs", external: ["@pulumi/*"] },
    // A workstation's checkout may come without the sandbox.
    ...Object.entries(sandboxPrograms)
        .filter(([, entry]) => existsSync(join(root, entry)))
        // The emulator loads its own pieces by name at run time; it stays in node_modules.
        .map(([name, entry]) => ({ entry, output: `.sandbox/build/${name}.cjs`, external: ["emulate"] })),
];

const failed = [];
await Promise.all(
    programs.map(async ({ entry, output, minify = false, external = [] }) => {
        const target = join(root, output);
        const beside = `${target}.${process.pid}.tmp`;
        mkdirSync(join(target, ".."), { recursive: true });
        try {
            await build({
                absWorkingDir: root,
                entryPoints: [entry],
                outfile: beside,
                bundle: true,
                platform: "node",
                target: "node22",
                format: "cjs",
                minify,
                logLevel: "error",
                // Optional native parts of ssh2; its own JavaScript does the same.
                external: [...external, "*.node", "cpu-features"],
                // Bundled ES modules ask for their own address, which CommonJS does not have.
                define: { "import.meta.url": "__bundle_url" },
                banner: { js: 'const __bundle_url = require("node:url").pathToFileURL(__filename).href;' },
            });
            renameSync(beside, target);
        } catch (error) {
            rmSync(beside, { force: true });
            // Errors of the sources were shown already.
            failed.push(error.errors ? entry : `${entry} (${error.message})`);
        }
    }),
);
const executables = [
    "providers/lib/launch",
    "providers/host/pulumi-resource-host",
    "providers/woodpecker/pulumi-resource-woodpecker",
];
for (const file of executables) if (existsSync(join(root, file))) chmodSync(join(root, file), 0o755);
if (failed.length > 0) {
    console.error(`build.mjs: these could not be bundled: ${failed.join(", ")}`);
    process.exitCode = 1;
}
