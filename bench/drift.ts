/**
 * Measures on the sandbox what of a catalogue of mutations is seen by a plain preview, by a preview with refresh, and by
 * the drift job, and how often the job cries without a reason. Writes its table into docs/drift.md.
 *
 * usage: eval "$(npm run -s sandbox -- env)"; npm run bench:drift [runs without a mutation, 20]
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { classify } from "../jobs/drift/engine/classify.js";
import { parseEvents } from "../jobs/drift/engine/events.js";
import { runProcess } from "../jobs/drift/engine/process.js";
import { parseState } from "../jobs/drift/state.js";
import { DriftJob, type Summary } from "../test/support/drift/job.js";
import { type Mutation, mutations } from "../test/support/drift/mutations/index.js";
import { demandSuccess, stack } from "../test/support/stack.js";

type Seen = readonly { readonly name: string; readonly resource: string; readonly paths: readonly string[] }[];

const root = resolve(__dirname, "..");
const PAGE = join(root, "docs/drift.md");
const [BEGIN, END] = ["<!-- written by npm run bench:drift -->", "<!-- end -->"];

async function main(): Promise<void> {
    const runs = Number(process.argv[2] ?? 20);
    await stack.select();
    demandSuccess(await stack.up("--refresh", "--run-program"));
    await syncSecrets();
    const quiet = await quietRuns(runs);
    const made: Mutation[] = [];
    for (const mutation of mutations) {
        try {
            await mutation.make();
            made.push(mutation);
        } catch (error) {
            console.error(`could not be made: ${mutation.system}: ${mutation.what}: ${error}`);
        }
    }
    const plain = await preview([]);
    const refreshed = await preview(["--refresh", "--run-program"]);
    const job = await new DriftJob().run();
    console.error(job.stderr);
    const rows = made.map((mutation) => ({
        mutation,
        seen: [plain, refreshed, job.summary.found].map((list) => isSeen(mutation, list)),
    }));
    for (const { what, undo } of made.toReversed()) {
        await undo?.().catch((error: unknown) => console.error(`could not be undone: ${what}: ${error}`));
    }
    demandSuccess(await stack.up("--refresh", "--run-program"));
    const after = await new DriftJob().run();
    writePage(rows, quiet, job.summary, after.summary);
    console.error(after.stderr);
}

/** A job of the sync, so that nothing is out of date. */
async function syncSecrets(): Promise<void> {
    const name = `sync-${Date.now()}`;
    const kubectl = (...args: string[]) => execFileSync("kubectl", ["-n", "woodpecker", ...args], { stdio: "inherit" });
    kubectl("create", "job", name, "--from=cronjob/secret-sync");
    kubectl("wait", `job/${name}`, "--for=condition=complete", "--timeout=180s");
}

interface Quiet {
    readonly runs: number;
    readonly alarms: number;
    readonly seconds: readonly number[];
}

async function quietRuns(runs: number): Promise<Quiet> {
    const seconds: number[] = [];
    let alarms = 0;
    const job = new DriftJob();
    for (let i = 0; i < runs; i++) {
        const { code, summary, stderr } = await job.run();
        if (code !== 0) {
            alarms++;
            console.error(stderr);
        }
        seconds.push(summary.durationSeconds);
    }
    return { runs, alarms, seconds };
}

async function preview(options: readonly string[]): Promise<Seen> {
    const directory = mkdtempSync(join(tmpdir(), "bench-drift-"));
    const run = (args: readonly string[]) =>
        runProcess("pulumi", [...args, "--stack", "sandbox", "--non-interactive", "--color", "never"], {
            cwd: root,
            env: { ...process.env, PULUMI_DEBUG_COMMANDS: "true" },
            timeoutMs: 900_000,
        });
    const state = parseState((await run(["stack", "export"])).stdout);
    await run(["preview", ...options, "--suppress-outputs", "--event-log", join(directory, "events")]);
    const log = parseEvents(readFileSync(join(directory, "events"), "utf8"));
    rmSync(directory, { recursive: true });
    return classify("sandbox", log, state).map(({ name, resource, differences }) => ({
        name,
        resource,
        paths: differences.map(({ path }) => path),
    }));
}

function isSeen({ where, at }: Mutation, seen: Seen): boolean {
    return seen.some(
        ({ name, resource, paths }) =>
            (where.test(name) || where.test(resource)) &&
            (at === undefined || paths.length === 0 || paths.some((path) => at.test(path))),
    );
}

interface Row {
    readonly mutation: Mutation;
    readonly seen: readonly boolean[];
}

function writePage(rows: readonly Row[], quiet: Quiet, found: Summary, after: Summary): void {
    const rate = (column: number) => `${rows.filter(({ seen }) => seen[column]).length} of ${rows.length}`;
    const sorted = quiet.seconds.toSorted((a, b) => a - b);
    const lines = [
        BEGIN,
        "",
        `Node ${process.version}, Pulumi ${execFileSync("pulumi", ["version"], { encoding: "utf8" }).trim()}, the sandbox's servers.`,
        "",
        `* seen: ${rate(0)} by a plain preview, ${rate(1)} by a preview with refresh, **${rate(2)}** by the job`,
        `* false alarms: ${quiet.alarms} in ${quiet.runs} runs with nothing changed`,
        `* seconds of a quiet run, 3 applications: median ${sorted[Math.floor(sorted.length / 2)] ?? "?"}, longest ${sorted.at(-1) ?? "?"}`,
        `* seconds of the run with all mutations at once: ${found.durationSeconds}; it names ${found.findings} findings`,
        `* after everything was undone and an \`up\`: ${after.findings} findings, ${after.errors} errors`,
        "",
        "| system | mutation | `preview` | `preview --refresh` | job |",
        "|---|---|---|---|---|",
        ...rows.map(
            ({ mutation, seen }) =>
                `| ${[mutation.system, mutation.what, ...seen.map((yes) => (yes ? "seen" : ""))].join(" | ")} |`,
        ),
        "",
        END,
    ];
    const page = readFileSync(PAGE, "utf8");
    const [before = "", rest = ""] = page.split(BEGIN);
    writeFileSync(PAGE, `${before}${lines.join("\n")}${rest.split(END)[1] ?? "\n"}`);
}

void main();
