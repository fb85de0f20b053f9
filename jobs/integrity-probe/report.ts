import { type Gauge, gauge } from "../lib/metrics.js";
import type { Finding } from "./finding.js";
import type { Ledger } from "./ledger.js";

/** What a run cost. */
export interface RunCost {
    readonly requests: number;
    readonly connections: number;
    readonly durationSeconds: number;
}

const PREFIX = "registry_manifest_integrity";
/** Failures with a series of their own; a broken disk must not flood the gateway. */
const MAX_INFO_SERIES = 50;
const MAX_BROKEN_IN_SUMMARY = 100;

/** The line of JSON that sums a run up. */
export function summaryOf(ledger: Ledger, cost: RunCost): object {
    return {
        complete: ledger.complete,
        ...ledger.counts,
        ...cost,
        probeErrors: ledger.probeErrors,
        failures: Object.fromEntries(Object.entries(ledger.failures).filter(([, count]) => count > 0)),
        broken: sorted(ledger.findings).slice(0, MAX_BROKEN_IN_SUMMARY),
        ...(ledger.ended === undefined ? {} : { ended: ledger.ended }),
        ...(ledger.troubles.length > 0 ? { troubles: ledger.troubles } : {}),
    };
}

/** The metrics every run has, whether or not it saw anything. @param time seconds since the epoch */
export function runGauges(ledger: Ledger, cost: RunCost, time: number): Gauge[] {
    return [
        gauge(
            `${PREFIX}_catalog_accessible`,
            "Whether all repositories could be listed.",
            Number(ledger.catalogAccessible),
        ),
        gauge(`${PREFIX}_complete`, "Whether the run looked at all it was to look at.", Number(ledger.complete)),
        gauge(`${PREFIX}_probe_errors`, "Questions of the run that got no usable answer.", ledger.probeErrors),
        gauge(`${PREFIX}_requests`, "HTTP requests of the run.", cost.requests),
        gauge(`${PREFIX}_duration_seconds`, "How long the run took.", cost.durationSeconds),
        gauge(`${PREFIX}_last_run_timestamp`, "When the last run ended, whatever came of it.", time),
    ];
}

/** What the run found out about the registry's content. */
export function contentGauges({ counts, failures, failureCount, findings }: Ledger): Gauge[] {
    return [
        gauge(`${PREFIX}_failures`, "Manifests and blobs that are missing or broken, each seen twice.", failureCount),
        {
            name: `${PREFIX}_failures_by_class`,
            help: "Failures by what is wrong.",
            samples: Object.entries(failures).map(([name, value]) => ({ labels: { class: name }, value })),
        },
        {
            name: `${PREFIX}_failure_info`,
            help: `One series a failure, the first ${MAX_INFO_SERIES}: which image is broken, and how.`,
            samples: infoSamples(findings),
        },
        gauge(`${PREFIX}_repos_checked`, "Repositories whose tags were listed.", counts.repositories),
        gauge(`${PREFIX}_tags_checked`, "Tags checked.", counts.tags),
        gauge(`${PREFIX}_indexes_checked`, "Multi-platform indexes checked.", counts.indexes),
        gauge(`${PREFIX}_children_checked`, "Manifests of indexes checked.", counts.children),
        gauge(`${PREFIX}_blobs_checked`, "Configs and layers checked.", counts.blobs),
    ];
}

/** Of complete runs only, and in a group of its own: what replaces a run's metrics must not take it away. */
export function successGauge(time: number): Gauge {
    return gauge("registry_integrity_last_success_timestamp_seconds", "When the last complete run ended.", time);
}

function infoSamples(findings: readonly Finding[]): Gauge["samples"] {
    const labels = sorted(findings).map((finding) => ({
        repository: finding.repository,
        tag: finding.tag,
        digest: finding.digest,
        kind: finding.kind,
        class: finding.class,
    }));
    return labels.slice(0, MAX_INFO_SERIES).map((set) => ({ labels: set, value: 1 }));
}

/** In an order that does not depend on which worker came first, so that series stay the same from run to run. */
function sorted(findings: readonly Finding[]): Finding[] {
    const key = ({ repository, tag, digest, class: kind }: Finding) => [repository, tag, digest, kind].join("\n");
    return findings.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
