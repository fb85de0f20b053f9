import { Deadline } from "../lib/deadline.js";
import { HttpClient } from "../lib/http.js";
import { printSummary, runProgram } from "../lib/program.js";
import { push } from "../lib/pushgateway.js";
import { gaugesOf, linesOf, summaryOf } from "./report.js";
import { fields, type SyncSettings, syncSettings } from "./settings.js";
import { exitCodeOf, runSync, type SyncRun } from "./sync.js";

const description = `Copies secrets from Vault to Woodpecker: creates and changes what the mapping asks for, removes what it
once wrote and is no longer asked for, and touches nothing else. Writes names, actions and reasons to stderr and one
line of JSON to stdout, never a value.

Exit code 0: nothing to do, or all of it done. 2: changes are pending (plan). 1: a secret was refused, nothing could be
done, or the configuration is wrong.`;

/** Time for the metrics, after the deadline of the run. */
const PUSH_SECONDS = 30;

void runProgram({
    name: "secret-sync",
    usage: "[plan|apply]",
    description,
    environment: fields,
    async run(argv) {
        const settings = syncSettings(argv, process.env);
        const interrupted = new AbortController();
        // The cluster ends a pod this way; the token is to be given back all the same.
        process.once("SIGTERM", () => interrupted.abort());
        const run = await runSync(settings, interrupted.signal);
        for (const line of linesOf(run)) process.stderr.write(`${line}\n`);
        printSummary(summaryOf(run));
        await pushRun(run, settings);
        return exitCodeOf(run);
    },
});

/** A plan changes nothing and therefore says nothing about how fresh the secrets are. */
async function pushRun(run: SyncRun, { gateway, instance, mode }: SyncSettings): Promise<void> {
    if (!gateway || mode === "plan") return;
    const http = new HttpClient({ connections: 1 });
    try {
        await push(http, new Deadline(PUSH_SECONDS), {
            gateway,
            group: { job: "secret-sync", instance },
            gauges: gaugesOf(run, Math.floor(Date.now() / 1000)),
            // Replacing the group would take away when the last success was.
            method: exitCodeOf(run) === 0 ? "PUT" : "POST",
        });
    } finally {
        http.close();
    }
}
