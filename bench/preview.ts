/**
 * Measures previews and updates of stacks of different sizes beside the floor: an empty program with the same engine, settings and
 * providers. Prints Markdown for docs/performance.md. Needs the sandbox's programs and environment:
 * npm run sandbox -- up; eval "$(npm run -s sandbox -- env)".
 *
 * usage: npm run bench:preview [-- --apps=1,11,50,200] [--up=1,11,50]   sizes, and those that are also brought up
 */

import { mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { locate } from "../sandbox/lib/places.js";
import { ensureStack } from "../sandbox/lib/stack.js";
import { ProdServers } from "../test/sandbox/prod/servers.js";
import { type Measured, measure } from "./measure.js";
import { programShare } from "./profile.js";
import { STACK, sizesOf, stackOf } from "./syntheticStack.js";

const { root } = locate();
const floor = join(root, "bench/floor");
/** Codes of a preview that is told to expect no changes. */
const PREVIEW_CODES = [0, 7];

const COMMANDS = {
    preview: ["preview", "--expect-no-changes"],
    up: ["up", "--yes", "--skip-preview"],
    refresh: ["preview", "--refresh", "--run-program", "--expect-no-changes"],
} as const;

interface Row {
    readonly apps: number;
    readonly what: string;
    readonly floor: Measured;
    readonly program: Measured;
}

async function main(): Promise<void> {
    const sizes = sizesOf("apps", [1, 11, 50, 200]);
    const broughtUp = sizesOf("up", [1, 11, 50]);
    console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}\n`);
    console.log("| apps | | floor | program | times the floor | peak RSS, floor | peak RSS, program |");
    console.log("| --- | --- | --- | --- | --- | --- | --- |");
    for (const apps of sizes) {
        for (const row of await bench(apps, broughtUp.includes(apps))) console.log(line(row));
    }
}

async function bench(apps: number, isBroughtUp: boolean): Promise<Row[]> {
    const rows: Row[] = [];
    const [below, servers] = [await ProdServers.start(stackOf(apps)), await ProdServers.start(stackOf(apps))];
    try {
        for (const { env } of [below, servers]) await ensureStack(STACK, locate(), env);
        const both = async (what: string, args: readonly string[]) => {
            rows.push({
                apps,
                what,
                floor: await pulumi(floor, args, below.env),
                program: await pulumi(root, args, servers.env),
            });
        };
        await both("preview of a first up", COMMANDS.preview);
        const { own, all } = await profiled(servers.env);
        console.error(`${apps} apps: own code ${own.toFixed(2)} s of the program's ${all.toFixed(2)} s`);
        if (isBroughtUp) {
            await both("up", COMMANDS.up);
            await both("preview, nothing to change", COMMANDS.preview);
            await both("preview --refresh, nothing to change", COMMANDS.refresh);
        }
    } finally {
        await below.stop();
        await servers.stop();
    }
    return rows;
}

async function pulumi(cwd: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Measured> {
    const options = ["--stack", STACK, "--non-interactive", "--color", "never"];
    const measured = await measure("pulumi", [...args, ...options], env, { cwd, wholeTree: true });
    const codes = args[0] === "preview" ? PREVIEW_CODES : [0];
    if (!codes.includes(measured.code ?? -1))
        throw new Error(`pulumi ${args.join(" ")}: ${measured.stdout}${measured.stderr}`);
    return measured;
}

async function profiled(env: Readonly<Record<string, string>>) {
    const directory = mkdtempSync(join(tmpdir(), "profile-"));
    try {
        await pulumi(root, COMMANDS.preview, { ...env, NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${directory}` });
        return programShare(directory, root);
    } finally {
        rmSync(directory, { recursive: true });
    }
}

function line({ apps, what, floor: below, program }: Row): string {
    const seconds = ({ seconds }: Measured) => `${seconds.toFixed(1)} s`;
    const memory = ({ peakMegabytes }: Measured) => `${peakMegabytes} MB`;
    const times = (program.seconds / below.seconds).toFixed(1);
    return `| ${[apps, what, seconds(below), seconds(program), times, memory(below), memory(program)].join(" | ")} |`;
}

void main();
