import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { JobAlerts } from "../../config/job.js";
import type { RuleGroups } from "./alertRule.js";

export interface AlertsInput {
    /** Name of the object that holds the rules. */
    readonly name: string;
    readonly namespace: string;
    /** Name of the file, where the rules are one. */
    readonly file: string;
    readonly alerts: JobAlerts;
    readonly rules: RuleGroups;
}

/** Declares alert rules as a file for a Prometheus that reads it, or for the Prometheus operator. */
export function declareAlerts(logicalName: string, input: AlertsInput, opts: pulumi.CustomResourceOptions): void {
    const { name, namespace, file, alerts, rules } = input;
    const metadata = { name, namespace, labels: alerts.labels };
    if (alerts.kind === "ConfigMap") {
        new k8s.core.v1.ConfigMap(
            logicalName,
            { metadata, data: { [file]: stringify(rules, { lineWidth: 0 }) } },
            opts,
        );
        return;
    }
    const type = { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule" };
    new k8s.apiextensions.CustomResource(logicalName, { ...type, metadata, spec: rules }, opts);
}
