import type { App } from "../../config/settings.js";

/** One query of a chart. */
export interface Query {
    readonly expr: string;
    /** With `{{label}}` in it. */
    readonly legend: string;
}

/** One chart: a number, a line over time, or a table of what there is now. */
export interface Chart {
    readonly kind: "number" | "lines" | "table";
    readonly title: string;
    /** What it means when it is not as usual. */
    readonly description: string;
    /** Grafana's name of the unit. @default a plain number */
    readonly unit?: "s" | "percentunit" | "bytes" | "h" | "reqps";
    /** Red from this value on. */
    readonly badFrom?: number;
    /** Red below this value. */
    readonly badBelow?: number;
    /** Words instead of numbers, with their colours. */
    readonly states?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
    readonly queries: readonly Query[];
}

export interface Row {
    readonly title: string;
    readonly charts: readonly Chart[];
}

export interface RowsInput {
    readonly apps: readonly App[];
    /** Regular expression of PromQL. */
    readonly registryInstance: string;
}

/** The charts of the pipeline, a row a part. */
export function dashboardRows(input: RowsInput): Row[] {
    return [integrity(), deploys(input), sync(), drift(), registry(input)];
}

const INTEGRITY = "registry_manifest_integrity";
const PROBE = '{job="registry-integrity-probe"}';
const SYNC = '{job="secret-sync"}';
const DRIFT = '{job="drift-detection"}';

const okOrFailed = { "1": { text: "ok", color: "green" }, "0": { text: "failed", color: "red" } };

function integrity(): Row {
    return {
        title: "Registry integrity",
        charts: [
            {
                kind: "number",
                title: "Broken",
                description: "Manifests and blobs that are missing or damaged, each seen twice.",
                badFrom: 1,
                queries: [{ expr: `sum by (instance) (${INTEGRITY}_failures${PROBE})`, legend: "{{instance}}" }],
            },
            {
                kind: "number",
                title: "Since the last whole walk",
                description: "More than an hour: the probe does not run, fails, or does not come to an end.",
                unit: "s",
                badFrom: 3600,
                queries: [
                    {
                        expr: `time() - min by (instance) (registry_integrity_last_success_timestamp_seconds${PROBE})`,
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
                        expr: `max by (instance, repository, tag, class, digest) (${INTEGRITY}_failure_info${PROBE})`,
                        legend: "",
                    },
                ],
            },
            {
                kind: "lines",
                title: "Seen by a walk",
                description: "A sudden fall without anybody deleting: a disk that is not mounted.",
                queries: ["repos", "tags", "children", "blobs"].map((what) => ({
                    expr: `sum by (instance) (${INTEGRITY}_${what}_checked${PROBE})`,
                    legend: `${what} {{instance}}`,
                })),
            },
            {
                kind: "lines",
                title: "Length of a walk",
                description: "It ends at the deadline, complete or not.",
                unit: "s",
                queries: [
                    { expr: `max by (instance) (${INTEGRITY}_duration_seconds${PROBE})`, legend: "{{instance}}" },
                ],
            },
            {
                kind: "lines",
                title: "Questions without an answer",
                description: "The registry or something in front of it has trouble; this says nothing of its images.",
                badFrom: 1,
                queries: [{ expr: `sum by (instance) (${INTEGRITY}_probe_errors${PROBE})`, legend: "{{instance}}" }],
            },
        ],
    };
}

function deploys({ apps }: RowsInput): Row {
    const repositories =
        unique(apps.map(({ repository }) => repository.fullName))
            .map(literal)
            .join("|") || ".*";
    const namespaces =
        unique(apps.flatMap((app) => app.deployments.map((d) => d.namespace)))
            .map(literal)
            .join("|") || ".*";
    const pipelines = `woodpecker_pipeline_count{repo=~"${repositories}",pipeline="total"}`;
    return {
        title: "Deploys",
        charts: [
            {
                kind: "lines",
                title: "Pipelines an hour",
                description: "Of Woodpecker, by repository and how they ended.",
                queries: [
                    {
                        expr: `sum by (repo, status) (increase(${pipelines}[1h]))`,
                        legend: "{{repo}} {{status}}",
                    },
                ],
            },
            {
                kind: "table",
                title: "What runs",
                description: "Image of every container in the applications' namespaces.",
                queries: [
                    {
                        expr: `count by (namespace, container, image) (kube_pod_container_info{namespace=~"${namespaces}"})`,
                        legend: "",
                    },
                ],
            },
            {
                kind: "number",
                title: "Cannot be pulled",
                description:
                    "Containers that wait for their image: a cache is down, a tag is gone, a credential is missing.",
                badFrom: 1,
                queries: [
                    {
                        expr: `sum by (namespace) (kube_pod_container_status_waiting_reason{namespace=~"${namespaces}",reason=~"ErrImagePull|ImagePullBackOff"}) or on () vector(0)`,
                        legend: "{{namespace}}",
                    },
                ],
            },
            {
                kind: "number",
                title: "Pods missing",
                description: "Replicas that are wanted and not available.",
                badFrom: 1,
                queries: [
                    {
                        expr: `sum by (namespace) (kube_deployment_status_replicas_unavailable{namespace=~"${namespaces}"})`,
                        legend: "{{namespace}}",
                    },
                ],
            },
        ],
    };
}

function sync(): Row {
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

function drift(): Row {
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

/** The registry's own metrics (`http.debug.prometheus`), and those of the node exporter beside it. */
function registry({ registryInstance }: RowsInput): Row {
    const at = `instance=~${JSON.stringify(registryInstance)}`;
    return {
        title: "Cache and registry",
        charts: [
            {
                kind: "lines",
                title: "Requests",
                description: "By the registry's answer; 5xx is trouble of its storage.",
                unit: "reqps",
                queries: [
                    {
                        expr: `sum by (instance, code) (rate(registry_http_requests_total{${at}}[$__rate_interval]))`,
                        legend: "{{instance}} {{code}}",
                    },
                ],
            },
            {
                kind: "lines",
                title: "Descriptors found in memory",
                description: "Share of look-ups that need no disk.",
                unit: "percentunit",
                queries: [
                    {
                        expr: `sum by (instance) (rate(registry_storage_cache_total{${at},type="Hit"}[$__rate_interval])) / sum by (instance) (rate(registry_storage_cache_total{${at},type="Request"}[$__rate_interval]))`,
                        legend: "{{instance}}",
                    },
                ],
            },
            {
                kind: "number",
                title: "Free on the registry's disk",
                description: "A full disk leaves files of zero bytes behind, which no second push mends.",
                unit: "percentunit",
                badBelow: 0.1,
                queries: [
                    {
                        expr: `min by (instance, mountpoint) (node_filesystem_avail_bytes{${at},fstype!~"tmpfs|overlay"} / node_filesystem_size_bytes{${at},fstype!~"tmpfs|overlay"})`,
                        legend: "{{instance}} {{mountpoint}}",
                    },
                ],
            },
        ],
    };
}

const unique = (names: readonly string[]) => [...new Set(names)];

/** As part of a regular expression inside of a PromQL string. */
const literal = (text: string) => text.replace(/[.+*?()[\]{}|^$\\]/g, "\\\\$&");
