import type { Row } from "../chart.js";

const SYNC = '{job="secret-sync"}';

const okOrFailed = { "1": { text: "ok", color: "green" }, "0": { text: "failed", color: "red" } };

export function syncRow(): Row {
    return {
        title: "Secret sync",
        charts: [
            {
                kind: "number",
                title: "Last run",
                description: "Its log names each secret that failed.",
                states: okOrFailed,
                queries: [{ expr: `min by (instance) (secret_sync_success${SYNC})`, legend: "{{instance}}" }],
            },
            {
                kind: "number",
                title: "Since the last success",
                description: "Woodpecker's secrets are as old as this.",
                unit: "s",
                badFrom: 46_800,
                queries: [
                    {
                        expr: `time() - max by (instance) (secret_sync_last_success_timestamp_seconds${SYNC})`,
                        legend: "{{instance}}",
                    },
                ],
            },
            {
                kind: "lines",
                title: "Secrets",
                description: "What it manages, and what the last run did.",
                queries: ["managed", "created", "changed", "pruned", "failed"].map((what) => ({
                    expr: `sum by (instance) (secret_sync_${what}${SYNC})`,
                    legend: `${what} {{instance}}`,
                })),
            },
        ],
    };
}
