import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { sandboxEnvironment } from "../lib/environment.js";
import { readJson } from "../lib/files.js";
import type { Places } from "../lib/places.js";
import { runHere } from "../lib/run.js";
import { bringUp, exclusively } from "../lib/sandbox.js";

/** In the order of their cost: what fails early fails cheap. Only some may know where the sandbox's servers are. */
const suites = [
    { name: "unit", asksServers: false },
    { name: "wiring", asksServers: false },
    { name: "policies", asksServers: true },
    { name: "contract", asksServers: true },
    { name: "sandbox", asksServers: true },
] as const;

export interface Counts {
    readonly passed: number;
    readonly failed: number;
    readonly failures?: readonly Failure[];
}

export interface Failure {
    readonly title: string;
    readonly reason: string;
}

interface Result extends Counts {
    readonly name: string;
}

/** One check with an exit code counts as one test. */
interface Check {
    readonly name: string;
    readonly run: () => Promise<Counts>;
}

/**
 * Brings the sandbox up, then runs every check, and says what failed, and the sum in the last line of stdout.
 *
 * @returns whether nothing failed
 */
export async function test(places: Places): Promise<boolean> {
    const world = await exclusively(places, "test", () => bringUp(places));
    const environment = sandboxEnvironment(world);
    const results: Result[] = [];
    for (const { name, run } of checks(places, environment)) {
        process.stdout.write(`\n== ${name}\n`);
        const started = Date.now();
        const counts = await run();
        results.push({ ...counts, name });
        const seconds = ((Date.now() - started) / 1000).toFixed(1);
        process.stdout.write(`== ${name}: ${counts.passed} passed, ${counts.failed} failed in ${seconds} s\n`);
    }
    process.stdout.write(`\n${summary(results)}\n`);
    return results.every(({ failed }) => failed === 0);
}

/** What failed, a line each, so that nobody has to look for it in an hour of output; then the sum. */
export function summary(results: readonly Result[]): string {
    const failures = results.flatMap(({ name, failed, failures }) => {
        if (failures?.length) return failures.map(({ title, reason }) => `failed: ${name}: ${title}: ${reason}`);
        return failed > 0 ? [`failed: ${name}`] : [];
    });
    const total = (key: "passed" | "failed") => results.reduce((all, counts) => all + counts[key], 0);
    return [...failures, `${total("passed")} passed, ${total("failed")} failed`].join("\n");
}

function checks(places: Places, environment: Readonly<Record<string, string>>): Check[] {
    const tool = (path: string) => join(places.root, "node_modules", path);
    const one = async (args: readonly string[]): Promise<Counts> => {
        const code = await runHere(process.execPath, args, { cwd: places.root, env: environment });
        return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
    };
    return [
        { name: "types", run: () => one([tool("typescript/bin/tsc"), "--noEmit"]) },
        { name: "format and lint", run: () => one([tool("@biomejs/biome/bin/biome"), "check", "."]) },
        {
            name: "layers",
            run: () =>
                one([
                    tool("dependency-cruiser/bin/dependency-cruiser.mjs"),
                    "--config",
                    ".dependency-cruiser.mjs",
                    ".",
                ]),
        },
        { name: "dead code", run: () => one([tool("knip/bin/knip.js")]) },
        ...suites
            .filter(({ name }) => hasTests(join(places.root, "test", name)))
            .map(({ name, asksServers }) => {
                const seen = asksServers ? environment : { PATH: environment.PATH ?? "" };
                return { name: `${name} tests`, run: () => mocha(places, name, seen) };
            }),
    ];
}

function hasTests(directory: string): boolean {
    return (
        existsSync(directory) &&
        readdirSync(directory, { recursive: true }).some((file) => /\.test\.ts$/.test(String(file)))
    );
}

async function mocha(places: Places, suite: string, environment: Readonly<Record<string, string>>): Promise<Counts> {
    const counts = join(places.temporary, `counts-${suite}.json`);
    mkdirSync(places.temporary, { recursive: true });
    rmSync(counts, { force: true });
    const args = [
        join(places.root, "node_modules/mocha/bin/mocha.js"),
        ...[
            "--reporter",
            join(places.root, "test/support/countingReporter.cjs"),
            "--reporter-option",
            `counts=${counts}`,
        ],
        `test/${suite}/**/*.test.ts`,
    ];
    const code = await runHere(process.execPath, args, { cwd: places.root, env: environment });
    const counted = readJson<Counts>(counts);
    // A suite that died, or that failed outside of any test, is not fine because nothing was counted.
    if (counted === undefined) return { passed: 0, failed: 1 };
    if (code === 0 || counted.failed > 0) return counted;
    return { ...counted, failed: 1, failures: [{ title: "the suite", reason: `mocha ended with exit code ${code}` }] };
}
