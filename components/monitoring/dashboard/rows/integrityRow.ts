import { currentShards } from "../../shards.js";
import type { Row } from "../chart.js";

const PREFIX = "registry_manifest_integrity";

/** @param shards that the probe has */
export function integrityRow({ shards }: { readonly shards: number }): Row {
    const of = `{job="registry-integrity-probe",${currentShards(shards)}}`;
    return {
        title: "Registry integrity",
        charts: [
            {
                kind: "number",
                title: "Broken",
                description: "Manifests and blobs that are missing or damaged, each seen twice.",
                badFrom: 1,
                queries: [{ expr: `sum by (instance) (${PREFIX}_failures${of})`, legend: "{{instance}}" }],
            },
            {
                kind: "number",
                title: "Since the last whole walk",
                description: "More than an hour: the probe does not run, fails, or does not come to an end.",
                unit: "s",
                badFrom: 3600,
                queries: [
                    {
                        expr: `time() - min by (instance) (registry_integrity_last_success_timestamp_seconds${of})`,
                        legend: "{{instance}}",
                    },
                ],
            },
            {
                kind: "table",
                title: "What is broken",
                description: "Repair it before the registry's next garbage collection.",
                queries: [
                    {
                        expr: `max by (instance, repository, tag, class, digest) (${PREFIX}_failure_info${of})`,
                        legend: "",
                    },
                ],
            },
            {
                kind: "lines",
                title: "Seen by a walk",
                description: "A sudden fall without anybody deleting: a disk that is not mounted.",
                queries: ["repos", "tags", "children", "blobs"].map((what) => ({
                    expr: `sum by (instance) (${PREFIX}_${what}_checked${of})`,
                    legend: `${what} {{instance}}`,
                })),
            },
            {
                kind: "lines",
                title: "Length of a walk",
                description: "It ends at the deadline, complete or not.",
                unit: "s",
                queries: [{ expr: `max by (instance) (${PREFIX}_duration_seconds${of})`, legend: "{{instance}}" }],
            },
            {
                kind: "lines",
                title: "Questions without an answer",
                description: "The registry or something in front of it has trouble; this says nothing of its images.",
                badFrom: 1,
                queries: [{ expr: `sum by (instance) (${PREFIX}_probe_errors${of})`, legend: "{{instance}}" }],
            },
        ],
    };
}
