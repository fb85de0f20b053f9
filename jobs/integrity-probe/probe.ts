import { Deadline } from "../lib/deadline.js";
import { HttpClient } from "../lib/http.js";
import { type GroupingKey, push } from "../lib/pushgateway.js";
import { Budget } from "../lib/registry/budget.js";
import { RegistryClient } from "../lib/registry/client.js";
import { Ledger } from "./ledger.js";
import { contentGauges, type RunCost, runGauges, successGauge } from "./report.js";
import { runNumber } from "./rotation.js";
import type { ProbeSettings } from "./settings.js";
import { walkRegistry } from "./walk.js";

/** Time for the metrics, after the deadline of the walk. */
const PUSH_SECONDS = 30;

export interface ProbeRun {
    readonly ledger: Ledger;
    readonly cost: RunCost;
}

/** One run of the probe, from the catalog to the last second look. Nothing is pushed yet. */
export async function runProbe(settings: ProbeSettings, time = Date.now()): Promise<ProbeRun> {
    const { concurrency, registry: url, ca } = settings;
    const started = performance.now();
    const http = new HttpClient({ connections: concurrency, ...(ca && { ca }) });
    const budget = new Budget(new Deadline(settings.deadlineSeconds), settings.requestBudget);
    const client = new RegistryClient(http, budget, { ...settings, url });
    const ledger = new Ledger();
    await walkRegistry(client, budget, ledger, { ...settings, run: runNumber(time) });
    http.close();
    const durationSeconds = Math.round(performance.now() - started) / 1000;
    return { ledger, cost: { requests: budget.spent, connections: http.connections, durationSeconds } };
}

/**
 * Hands a run's metrics to the Pushgateway.
 *
 * A run that could list nothing leaves the content's metrics of the run before as they are (POST): it knows nothing
 * new about them, and a broken image is not mended by an unreachable registry.
 *
 * @throws PushError
 */
export async function pushRun({ ledger, cost }: ProbeRun, gateway: URL, settings: ProbeSettings): Promise<void> {
    const http = new HttpClient({ connections: 1 });
    const deadline = new Deadline(PUSH_SECONDS);
    const group = groupOf(settings);
    const time = Math.floor(Date.now() / 1000);
    const run = runGauges(ledger, cost, time);
    const blind = !ledger.catalogAccessible && ledger.counts.repositories === 0;
    try {
        if (blind) await push(http, deadline, { gateway, group, gauges: run, method: "POST" });
        else await push(http, deadline, { gateway, group, gauges: [...contentGauges(ledger), ...run] });
        if (!ledger.complete) return;
        await push(http, deadline, { gateway, group: { ...group, kind: "success" }, gauges: [successGauge(time)] });
    } finally {
        http.close();
    }
}

function groupOf({ instance, shard }: ProbeSettings): GroupingKey {
    return { job: "registry-integrity-probe", instance, ...(shard && { shard: String(shard.index) }) };
}
