import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DashboardBlock } from "../../../config/dashboard.js";
import { dashboardDocument } from "./document.js";
import { dashboardRows, type RowsInput } from "./rows.js";

export interface DashboardArgs extends Omit<RowsInput, "registryInstance"> {
    readonly dashboard: DashboardBlock;
}

/** The pipeline's page in Grafana: a ConfigMap with the label that Grafana's side-car looks for. */
export class Dashboard extends pulumi.ComponentResource {
    /** `namespace/name` of the ConfigMap. */
    readonly configMap: pulumi.Output<string>;

    constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:monitoring:Dashboard", name, {}, opts);
        const { dashboard, ...shown } = args;
        const { namespace, labels, annotations, registryInstance } = dashboard;
        const rows = dashboardRows({ ...shown, registryInstance });
        const text = `${JSON.stringify(dashboardDocument("CI/CD pipeline", rows), undefined, 2)}\n`;

        const configMap = new k8s.core.v1.ConfigMap(
            `${name}-page`,
            {
                metadata: { name: "cicd-dashboard", namespace, labels, annotations },
                data: { "cicd-pipeline.json": text },
            },
            { parent: this },
        );

        this.configMap = pulumi.interpolate`${configMap.metadata.namespace}/${configMap.metadata.name}`;
        this.registerOutputs({ configMap: this.configMap });
    }
}
