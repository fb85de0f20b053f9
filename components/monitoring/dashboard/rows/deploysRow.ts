import type { App } from "../../../../config/settings.js";
import type { Row } from "../chart.js";

export function deploysRow(apps: readonly App[]): Row {
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

const unique = (names: readonly string[]) => [...new Set(names)];

/** As part of a regular expression inside of a PromQL string. */
const literal = (text: string) => text.replace(/[.+*?()[\]{}|^$\\]/g, "\\\\$&");
