import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Deadline } from "../lib/deadline.js";
import { wordsOf } from "../lib/errors.js";
import { HttpClient } from "../lib/http.js";
import { printSummary, runProgram } from "../lib/program.js";
import { push } from "../lib/pushgateway.js";
import { htmlOf } from "./report/html.js";
import { markdownOf } from "./report/markdown.js";
import { gaugesOf } from "./report/metrics.js";
import { exitCodeOf, summaryOf } from "./report/summary.js";
import { type DriftRun, runDrift } from "./run.js";
import { type DriftSettings, driftSettings, fields } from "./settings.js";

const description = `Looks for drift: compares what is declared with what is really there, through the engine's preview and in
all that the engine does not look at. A finding counts when it was seen twice. Writes a report to stderr and one line of
JSON to stdout, never a secret.

Exit code 0: all stacks are clean. 7: there is drift. 1: of some stack it could not be told, the history or the metrics
were not taken, or the configuration is wrong; that is never called clean.`;

/** Time for the metrics, after the deadline of the run. */
const PUSH_SECONDS = 30;

void runProgram({
    name: "drift",
    description,
    environment: fields,
    async run(argv) {
        const settings = driftSettings(argv, process.env);
        const interrupted = new AbortController();
        // What was found until then is still remembered and told.
        for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => interrupted.abort());
        const run = await runDrift(settings, interrupted.signal);
        process.stderr.write(`${markdownOf(run)}\n`);
        const troubles = [...run.troubles, ...writeReports(run, settings), ...(await pushRun(run, settings))];
        if (settings.toldFile && troubles.length === 0) writeFileSync(settings.toldFile, "");
        printSummary(summaryOf({ ...run, troubles }));
        return exitCodeOf({ ...run, troubles });
    },
});

function writeReports(run: DriftRun, { reportDirectory }: DriftSettings): string[] {
    if (!reportDirectory) return [];
    try {
        mkdirSync(reportDirectory, { recursive: true });
        writeFileSync(join(reportDirectory, "drift.md"), markdownOf(run));
        writeFileSync(join(reportDirectory, "drift.html"), htmlOf(run));
        return [];
    } catch (error) {
        return [`The report was not written: ${wordsOf(error)}`];
    }
}

async function pushRun(run: DriftRun, { gateway, instance }: DriftSettings): Promise<string[]> {
    if (!gateway) return [];
    const http = new HttpClient({ connections: 1 });
    try {
        await push(http, new Deadline(PUSH_SECONDS), {
            gateway,
            group: { job: "drift-detection", ...(instance && { instance }) },
            gauges: gaugesOf(run.results, run.history, run.now, run.durationSeconds),
            // Ages of before stay, where this run knows none.
            method: run.history ? "PUT" : "POST",
        });
        return [];
    } catch (error) {
        return [wordsOf(error)];
    } finally {
        http.close();
    }
}
