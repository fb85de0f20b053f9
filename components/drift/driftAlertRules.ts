import { alertRule, type RuleGroups } from "../monitoring/alertRule.js";

export interface DriftAlertsInput {
    readonly staleAfterSeconds: number;
    readonly runbookUrl?: string | undefined;
}

/** Alert rules of drift detection: drift that nobody looks after, runs that cannot tell, and silence. */
export function driftAlertRules({ staleAfterSeconds, runbookUrl }: DriftAlertsInput): RuleGroups {
    const labels = '{job="drift-detection"}';
    const lastRun = `drift_detection_last_run_timestamp${labels}`;
    const rules = [
        alertRule(runbookUrl, "DriftDetectionStale", "warning", "30m", {
            expr: `time() - ${lastRun} > ${staleAfterSeconds}`,
            summary: "Nobody has looked for drift for {{ $value | humanizeDuration }}",
            description: "The pipeline drift-detection does not run, or does not come to an end.",
        }),
        alertRule(runbookUrl, "DriftDetectionAbsent", "warning", "30m", {
            expr: `absent(${lastRun})`,
            summary: "There are no metrics of drift detection",
            description: "The pipeline drift-detection never came to an end, or the Pushgateway has lost what it had.",
        }),
        // By when it was first seen, not by its age: that one stands still between two runs.
        alertRule(runbookUrl, "DriftUnaddressed", "warning", "1h", {
            expr: `(time() - drift_stack_first_seen${labels}) / 3600 > 72`,
            summary: "Drift of {{ $labels.stack }} has stood for {{ $value | humanize }} hours",
            description:
                "Mend it, accept it, or say why it is expected; the report names the command for each finding.",
        }),
        alertRule(runbookUrl, "DriftStacksMany", "warning", "30m", {
            expr: `drift_stack_count${labels} > 10`,
            summary: "{{ $value }} stacks have drifted",
            description: "So many at once often have one cause; the report groups the findings by it.",
        }),
        alertRule(runbookUrl, "DriftStackErrored", "warning", "2h", {
            expr: `drift_stack_state${labels} == 2`,
            summary: "Nobody can tell whether {{ $labels.stack }} has drifted",
            description:
                "The run could not look at all of it; the report names what failed. What was known before still stands.",
        }),
        alertRule(runbookUrl, "DriftPushFailing", "warning", "5m", {
            expr: `push_failure_time_seconds${labels} > push_time_seconds${labels}`,
            summary: "The Pushgateway refuses the metrics of drift detection",
            description: "What is known of drift is as old as the last push that was taken.",
        }),
    ];
    return { groups: [{ name: "drift", rules }] };
}
