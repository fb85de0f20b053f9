import { loadAlertRules } from "../demo/alertRules.js";
import { runCronJobs, runCronJobsHere } from "../demo/cronJobs.js";
import { sandboxEnvironment } from "../lib/environment.js";
import { UserError } from "../lib/errors.js";
import type { Places } from "../lib/places.js";
import { runHere } from "../lib/run.js";
import { bringUp, exclusively } from "../lib/sandbox.js";
import { ensureStack } from "../lib/stack.js";
import { nodeKind } from "../parts/kubernetes/machine.js";
import { woodpeckerValues } from "../seed/woodpecker.js";
import { showPush } from "./push.js";

const stack = "sandbox";
/** The application whose commit is followed; the others go the same way. */
const shownApp = "website";

/** The sandbox, the program's `pulumi up`, and one commit through the whole path. */
export async function start(places: Places): Promise<void> {
    const began = Date.now();
    const since = () => `${((Date.now() - began) / 1000).toFixed(0)} s`;
    const world = await exclusively(places, "start", () => bringUp(places));
    const environment = sandboxEnvironment(world);
    console.log(`The sandbox is up (${since()}).`);

    await ensureStack(stack, places, environment);
    // The state speaks of another server than the one that answers now.
    const refresh = world.values.has(woodpeckerValues.isNew) ? ["--refresh", "--run-program"] : [];
    const args = ["up", "--stack", stack, "--yes", "--skip-preview", "--non-interactive", ...refresh];
    const code = await runHere("pulumi", args, { cwd: places.root, env: environment });
    if (code !== 0) {
        throw new UserError(
            `pulumi up ended with code ${code}; the messages above say why.`,
            "What was done is kept: mend the cause and run npm start again.",
        );
    }
    world.values.delete(woodpeckerValues.isNew);
    console.log(`\nThe pipeline is declared (${since()}).`);

    const alerts = await loadAlertRules(places, environment);
    console.log(`Prometheus watches for ${alerts.length} alerts: ${environment.PROMETHEUS_URL}/alerts`);
    console.log(`One commit to ${shownApp}, through the whole path:`);
    await showPush(places, shownApp);
    const real = nodeKind().kind === "real";
    console.log(
        real ? "\nEvery CronJob, once:" : "\nThe node is simulated; the program of every CronJob, once, as a process:",
    );
    const runs = await (real ? runCronJobs(environment) : runCronJobsHere(environment));
    for (const { namespace, name, succeeded, summary } of runs) {
        console.log(`  ${namespace}/${name} ${succeeded ? "succeeded" : "failed"}: ${summary}`);
    }
    const failed = runs.filter(({ succeeded }) => !succeeded).map(({ name }) => name);
    if (failed.length > 0) throw new UserError(`These did not do their work: ${failed.join(", ")}`);
    console.log(summary(environment, since()));
}

function summary(environment: Readonly<Record<string, string>>, total: string): string {
    return `
All of it took ${total}. Where to look:
  what runs, and what is real      npm run sandbox -- status
  a shell for pulumi, kubectl, bao eval "$(npm run -s sandbox -- env)"
  another commit                   npm run sandbox -- push shop
  what Slack got                   curl -s ${environment.SLACK_URL}/_sandbox/messages
  what GitHub was asked            npm run sandbox -- logs github-requests
  drift                            pulumi preview --stack ${stack} --refresh --run-program --expect-no-changes
  the end                          npm run sandbox -- down (keeps the state) or reset`;
}
