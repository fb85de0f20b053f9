import type { Row } from "../chart.js";

/** @param extension label of its metrics; each Prometheus gives the pods another `job` */
export function extensionRow(extension: string): Row {
    const of = `extension=${JSON.stringify(extension)}`;
    return {
        title: "Secret extension",
        charts: [
            {
                kind: "number",
                title: "Pods that are ready",
                description: "Without one Woodpecker goes on in silence, with what it has stored.",
                badBelow: 1,
                queries: [{ expr: `sum(secret_extension_ready{${of}})`, legend: "pods" }],
            },
            {
                kind: "lines",
                title: "Requests an hour",
                description:
                    "None while pipelines run: Woodpecker does not ask. Incomplete: a secret is missing in Vault.",
                queries: [
                    {
                        expr: `sum by (outcome) (increase(secret_extension_requests_total{${of}}[1h]))`,
                        legend: "{{outcome}}",
                    },
                ],
            },
            {
                kind: "number",
                title: "Secrets that cannot be served",
                description: "The log of the pods names each.",
                badFrom: 1,
                queries: [{ expr: `max(secret_extension_problems{${of}})`, legend: "secrets" }],
            },
            {
                kind: "lines",
                title: "Vault did not answer",
                description: "Reads an hour that failed or were refused.",
                badFrom: 1,
                queries: [{ expr: `sum(increase(secret_extension_vault_failures_total{${of}}[1h]))`, legend: "reads" }],
            },
        ],
    };
}
