import type { Row } from "../chart.js";

const DRIFT = '{job="drift-detection"}';

export function driftRow(): Row {
    return {
        title: "Drift",
        charts: [
            {
                kind: "number",
                title: "Stacks",
                description: "Declared against what is there, as of the last run.",
                states: {
                    "0": { text: "clean", color: "green" },
                    "1": { text: "drift", color: "orange" },
                    "2": { text: "error", color: "red" },
                },
                queries: [{ expr: `max by (stack) (drift_stack_state${DRIFT})`, legend: "{{stack}}" }],
            },
            {
                kind: "number",
                title: "Since the last run",
                description: "More than 26 hours: the nightly run does not come to an end.",
                unit: "s",
                badFrom: 93_600,
                queries: [{ expr: `time() - max(drift_detection_last_run_timestamp${DRIFT})`, legend: "last run" }],
            },
            {
                kind: "lines",
                title: "Age of the oldest drift",
                description: "More than 72 hours raises an alert.",
                unit: "h",
                badFrom: 72,
                queries: [{ expr: `max by (stack) (drift_stack_age_hours${DRIFT})`, legend: "{{stack}}" }],
            },
            {
                kind: "lines",
                title: "Stacks by state",
                description: "A stack that errored is neither clean nor drifted: nobody knows.",
                queries: [
                    { expr: `sum(drift_stack_count${DRIFT})`, legend: "drift" },
                    { expr: `sum(drift_error_count${DRIFT})`, legend: "error" },
                    { expr: `sum(drift_clean_count${DRIFT})`, legend: "clean" },
                ],
            },
        ],
    };
}
