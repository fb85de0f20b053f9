import type { Row } from "../chart.js";

/** The registry's own metrics (`http.debug.prometheus`), and those of the node exporter beside it. @param instance regular expression of PromQL */
export function registryRow(instance: string): Row {
    const at = `instance=~${JSON.stringify(instance)}`;
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
