import { expect } from "chai";
import { dashboardRows } from "../../../../components/monitoring/dashboard/rows.js";
import { parseSettings } from "../../../../config/parse.js";
import { Deadline } from "../../../../jobs/lib/deadline.js";
import { HttpClient } from "../../../../jobs/lib/http.js";
import type { Sample } from "../../../../jobs/lib/metrics.js";
import { groupPath, push } from "../../../../jobs/lib/pushgateway.js";
import { environment } from "../../../support/servers.js";
import { stackConfig } from "../../../support/settings.js";
import { waitFor } from "../../../support/waitFor.js";

const instance = "dashboard-test";
const integrity = "registry_manifest_integrity";
const now = () => Date.now() / 1000;

/** What the programs and exporters of a cluster report, by job and metric. */
const reported: Readonly<Record<string, Readonly<Record<string, readonly Sample[]>>>> = {
    "registry-integrity-probe": {
        [`${integrity}_failures`]: [{ value: 1 }],
        [`${integrity}_failure_info`]: [
            {
                labels: { repository: "acme/shop", tag: "1a2b3c4d", class: "missing_child", digest: "sha256:00" },
                value: 1,
            },
        ],
        registry_integrity_last_success_timestamp_seconds: [{ value: now() }],
        ...Object.fromEntries(
            ["repos", "tags", "children", "blobs"].map((what) => [`${integrity}_${what}_checked`, [{ value: 7 }]]),
        ),
        [`${integrity}_duration_seconds`]: [{ value: 12 }],
        [`${integrity}_probe_errors`]: [{ value: 0 }],
    },
    "secret-sync": Object.fromEntries(
        ["success", "last_success_timestamp_seconds", "managed", "created", "changed", "pruned", "failed"].map(
            (what) => [`secret_sync_${what}`, [{ value: 1 }]],
        ),
    ),
    "secret-extension": {
        ...Object.fromEntries(
            ["ready", "problems", "vault_failures_total"].map((what) => [
                `secret_extension_${what}`,
                [{ labels: { extension: instance }, value: 1 }],
            ]),
        ),
        secret_extension_requests_total: [{ labels: { extension: instance, outcome: "served" }, value: 3 }],
    },
    "drift-detection": {
        ...Object.fromEntries(
            ["drift_stack_state", "drift_stack_age_hours"].map((name) => [
                name,
                [{ labels: { stack: "prod" }, value: 1 }],
            ]),
        ),
        ...Object.fromEntries(
            ["drift_stack_count", "drift_error_count", "drift_clean_count", "drift_detection_last_run_timestamp"].map(
                (name) => [name, [{ value: 1 }]],
            ),
        ),
    },
    exporters: {
        woodpecker_pipeline_count: [
            { labels: { repo: "acme/website", status: "success", pipeline: "total", branch: "main" }, value: 3 },
        ],
        kube_pod_container_info: [
            { labels: { namespace: "website", container: "website", image: "acme/website:1a2b3c4d" }, value: 1 },
        ],
        kube_deployment_status_replicas_unavailable: [{ labels: { namespace: "website" }, value: 0 }],
        registry_http_requests_total: [{ labels: { code: "200", handler: "manifest", method: "get" }, value: 5 }],
        registry_storage_cache_total: [
            { labels: { type: "Hit" }, value: 5 },
            { labels: { type: "Request" }, value: 9 },
        ],
        node_filesystem_avail_bytes: [{ labels: { mountpoint: "/opt/registry", fstype: "ext4" }, value: 5 }],
        node_filesystem_size_bytes: [{ labels: { mountpoint: "/opt/registry", fstype: "ext4" }, value: 9 }],
    },
};

describe("the dashboard's queries", function () {
    this.timeout("2m");
    const http = new HttpClient({ connections: 1 });
    const gateway = () => new URL(environment("PUSHGATEWAY_URL"));
    const groups = Object.keys(reported).map((job) => ({ job, instance }));

    before(async () => {
        for (const group of groups) {
            const families = Object.entries(reported[group.job] ?? {});
            const gauges = families.map(([name, samples]) => ({ name, help: "As a cluster reports it.", samples }));
            await push(http, new Deadline(30), { gateway: gateway(), group, gauges });
        }
    });

    after(async () => {
        for (const group of groups) {
            await http.request(new URL(`metrics${groupPath(group)}`, gateway()), {
                method: "DELETE",
                timeoutMs: 30_000,
            });
        }
        http.close();
    });

    const rows = dashboardRows({
        apps: parseSettings(stackConfig("sandbox")).delivery?.apps ?? [],
        extension: instance,
        registryInstance: instance,
    });
    for (const { title, charts } of rows) {
        it(`are understood by Prometheus, and have data: ${title}`, async () => {
            for (const { expr } of charts.flatMap(({ queries }) => queries)) {
                await waitFor(
                    `data for ${expr}`,
                    async () => {
                        const result = await query(expr.replaceAll("$__rate_interval", "1m"));
                        expect(result).not.empty;
                    },
                    60,
                );
            }
        });
    }

    async function query(expr: string): Promise<unknown[]> {
        const url = new URL("api/v1/query", `${environment("PROMETHEUS_URL")}/`);
        url.searchParams.set("query", expr);
        const { status, body } = await http.request(url, { timeoutMs: 30_000 });
        const answer = JSON.parse(body.toString()) as { error?: string; data?: { result: unknown[] } };
        if (status !== 200) throw new Error(`${status} ${answer.error}`);
        return answer.data?.result ?? [];
    }
});
