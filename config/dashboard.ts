import { z } from "zod";
import { dnsLabel } from "./primitives.js";

/** `cicd:dashboard`: the pipeline's page in Grafana, as a ConfigMap that Grafana's side-car picks up. */
export const dashboard = z.strictObject({
    namespace: dnsLabel.default("monitoring"),
    /** By which the side-car finds dashboards. */
    labels: z.record(z.string(), z.string()).default({ grafana_dashboard: "1" }),
    /** For example `grafana_folder`. */
    annotations: z.record(z.string(), z.string()).default({}),
    /** Label `instance` under which the registry VM's node exporter and the registry are scraped, as a regular expression. */
    registryInstance: z.string().min(1).default(".*"),
});

export type DashboardBlock = z.infer<typeof dashboard>;
