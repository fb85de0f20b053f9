import { FAILURE_SECONDS } from "../../config/integrityProbe.js";
import type { BlobMode } from "../../jobs/integrity-probe/walk.js";
import { type AlertRule, type AlertText, alertRule, type RuleGroups } from "./alertRule.js";
import { blobRotation, runsSpan } from "./blobRotation.js";
import { currentShards } from "./shards.js";

export interface AlertRulesInput {
    /** Label `instance` of the probe's metrics. */
    readonly instance: string;
    readonly shards: number;
    /** Which blobs a run looks at. */
    readonly blobs: BlobMode;
    /** Of the runs, five cron fields. */
    readonly schedule: string;
    readonly staleAfterSeconds: number;
    readonly runbookUrl?: string | undefined;
}

const PREFIX = "registry_manifest_integrity";
const SUCCESS = "registry_integrity_last_success_timestamp_seconds";
/** How many runs the word of one stands that its budget may have kept from an image, and the least time for it. */
const REMEMBERED_RUNS = 4;
const HOUR_MINUTES = 60;

/** Alert rules of the integrity probe: for broken images, and for every way in which the probe can fall silent. */
export function alertRules(input: AlertRulesInput): RuleGroups {
    const rules = [failure, catalogInaccessible, catalogShrunk, stale, absent, pushFailing].map((rule) => rule(input));
    return { groups: [{ name: "registry-integrity", rules }] };
}

/**
 * One alert a broken image, named by its labels. Twenty minutes are two runs of a quarter of an hour.
 *
 * A run that its budget cut short may not have come to the image this time, so the word of some runs before stands; a
 * probe that has not run for long says nothing about now.
 *
 * Of a sample of the blobs each run looks at other ones: what it says of one stands until the next look at it.
 */
function failure(input: AlertRulesInput): AlertRule {
    const info = `${PREFIX}_failure_info${selector(input)}`;
    const blobInfo = `${PREFIX}_failure_info${selector(input, 'kind="blob"')}`;
    const sampled =
        input.blobs === "sample" ? `or max_over_time(${blobInfo}[${duration(blobRotation(input.schedule))}])` : "";
    const recent = duration(Math.max(HOUR_MINUTES, runsSpan(input.schedule, REMEMBERED_RUNS)));
    return rule(input, "RegistryManifestIntegrityFailure", "critical", `${FAILURE_SECONDS / 60}m`, {
        expr: `
            (
              ${info}
              ${sampled}
              or (
                max_over_time(${info}[${recent}])
                and on (job, instance, shard) ${PREFIX}_complete${selector(input)} == 0
              )
            )
            and on (job, instance, shard)
              (time() - ${PREFIX}_last_run_timestamp${selector(input)} < ${input.staleAfterSeconds})`,
        summary: "{{ $labels.repository }}:{{ $labels.tag }} is broken in the registry {{ $labels.instance }}",
        description:
            "{{ $labels.class }}: {{ with $labels.digest }}{{ . }}{{ else }}the tag itself{{ end }}. " +
            "Pulls of this image fail or will fail; repair it before the registry's next garbage collection.",
    });
}

function catalogInaccessible(input: AlertRulesInput): AlertRule {
    return rule(input, "RegistryCatalogInaccessible", "critical", "20m", {
        expr: `${PREFIX}_catalog_accessible${selector(input)} == 0`,
        summary: "The repositories of the registry {{ $labels.instance }} cannot be listed",
        description: "The probe cannot tell whether anything is broken. Its log names the cause.",
    });
}

/**
 * Registry 2.8 can end its catalog early without a word, and an unmounted disk looks like an empty registry.
 *
 * By the sum of the shards at each time: after a change of their number, the most that each had are of different times. And
 * not by the highest sum: until all shards of a new number have come to an end, some repositories count twice.
 */
function catalogShrunk(input: AlertRulesInput): AlertRule {
    const repositories = `${PREFIX}_repos_checked${selector(input)}`;
    return rule(input, "RegistryCatalogShrunk", "warning", "20m", {
        expr: `
            sum by (job, instance) (${repositories})
              < 0.7 * quantile_over_time(0.9, sum by (job, instance) (${repositories})[1d:5m])
            and on (job, instance) min by (job, instance) (${PREFIX}_complete${selector(input)}) == 1`,
        summary: "The registry {{ $labels.instance }} lists far fewer repositories than within the last day",
        description:
            "Only {{ $value }} are left. A disk that is not mounted and a catalog that ends early look like this.",
    });
}

/** By the last complete run, not the last run: a probe that always fails is as good as none. */
function stale(input: AlertRulesInput): AlertRule {
    return rule(input, "RegistryIntegrityProbeStale", "warning", "5m", {
        expr: `time() - ${SUCCESS}${selector(input)} > ${input.staleAfterSeconds}`,
        summary:
            "The registry {{ $labels.instance }} has not been checked as a whole for {{ $value | humanizeDuration }}",
        description: "The probe does not run, fails, or does not come to an end within its deadline or budget.",
    });
}

function absent(input: AlertRulesInput): AlertRule {
    const success = `${SUCCESS}${selector(input)}`;
    const fewer = `count by (job, instance) (${success}) < ${input.shards} or `;
    return rule(input, "RegistryIntegrityProbeAbsent", "warning", "30m", {
        expr: `${input.shards > 1 ? fewer : ""}absent(${success})`,
        summary: "There are no metrics of a complete check of the registry {{ $labels.instance }}",
        description: "The probe never came to an end, or the Pushgateway has lost what it had.",
    });
}

function pushFailing(input: AlertRulesInput): AlertRule {
    return rule(input, "RegistryIntegrityPushFailing", "warning", "5m", {
        expr: `push_failure_time_seconds${selector(input)} > push_time_seconds${selector(input)}`,
        summary: "The Pushgateway refuses the metrics of the registry probe for {{ $labels.instance }}",
        description: "What is known of the registry is as old as the last push that was taken.",
    });
}

function rule(
    { runbookUrl }: AlertRulesInput,
    alert: string,
    severity: "critical" | "warning",
    duration: string,
    text: AlertText,
): AlertRule {
    return alertRule(runbookUrl, alert, severity, duration, text);
}

function selector({ instance, shards }: AlertRulesInput, ...more: readonly string[]): string {
    const own = ['job="registry-integrity-probe"', `instance=${JSON.stringify(instance)}`, currentShards(shards)];
    return `{${[...own, ...more].join()}}`;
}

/** As PromQL has it. */
function duration(minutes: number): string {
    return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}
