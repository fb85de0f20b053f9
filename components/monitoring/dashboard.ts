import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DashboardBlock } from "../../config/dashboard.js";
import type { App } from "../../config/settings.js";
import { dashboardDocument } from "./dashboardDocument.js";
import { dashboardRows } from "./dashboardRows.js";

export interface DashboardArgs {
    readonly dashboard: DashboardBlock;
    readonly apps: readonly App[];
}

/** The pipeline's page in Grafana: a ConfigMap with the label that Grafana's side-car looks for. */
export class Dashboard extends pulumi.ComponentResource {
    /** `namespace/name` of the ConfigMap. */
    readonly configMap: pulumi.Output<string>;

    constructor(name: string, args: DashboardArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:monitoring:Dashboard", name, {}, opts);
        const { namespace, labels, annotations, registryInstance } = args.dashboard;
        const rows = dashboardRows({ apps: args.apps, registryInstance });
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
