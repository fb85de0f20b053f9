import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { DriftBlock } from "../../config/drift.js";
import { RUN_TIME_FIELDS } from "../../jobs/drift/audit/kubernetes/compare.js";
import { declareAlerts } from "../monitoring/alerts.js";
import { driftAlertRules } from "./driftAlertRules.js";
import { HISTORY_KEY, HISTORY_NAME } from "./names.js";

export interface DriftDetectionArgs {
    readonly drift: DriftBlock;
    /** Without a run for so long nobody looks any more. */
    readonly staleAfterSeconds: number;
    /** ServiceAccount of the pipeline that looks, where there is one. */
    readonly reader?: { readonly name: string; readonly namespace: string };
}

/**
 * What drift detection keeps in the cluster: the memory of its findings, the right to write that and nothing else, and
 * the alerts on its metrics.
 */
export class DriftDetection extends pulumi.ComponentResource {
    /** `namespace/name` of the ConfigMap. */
    readonly history: pulumi.Output<string>;

    constructor(name: string, args: DriftDetectionArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:drift:DriftDetection", name, {}, opts);
        const parent = { parent: this };
        const { drift, staleAfterSeconds, reader } = args;
        const metadata = {
            name: HISTORY_NAME,
            namespace: drift.namespace,
            labels: { "app.kubernetes.io/name": "drift-detection" },
        };

        const history = new k8s.core.v1.ConfigMap(
            `${name}-history`,
            // The job writes what is in it; declared is that it is there.
            { metadata: { ...metadata, annotations: { [RUN_TIME_FIELDS]: `binaryData["${HISTORY_KEY}"]` } } },
            parent,
        );
        if (reader) {
            const rules = [
                { apiGroups: [""], resources: ["configmaps"], resourceNames: [HISTORY_NAME], verbs: ["get", "patch"] },
            ];
            const role = new k8s.rbac.v1.Role(`${name}-history-role`, { metadata, rules }, parent);
            new k8s.rbac.v1.RoleBinding(
                `${name}-history-binding`,
                {
                    metadata,
                    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
                    subjects: [{ kind: "ServiceAccount", ...reader }],
                },
                parent,
            );
        }
        if (drift.alerts) {
            const rules = driftAlertRules({ runbookUrl: drift.alerts.runbookUrl, staleAfterSeconds });
            const alerts = { name: "drift-detection-alerts", namespace: drift.namespace, file: "drift.yml" };
            declareAlerts(`${name}-alerts`, { ...alerts, alerts: drift.alerts, rules }, parent);
        }

        this.history = pulumi.interpolate`${history.metadata.namespace}/${history.metadata.name}`;
        this.registerOutputs({ history: this.history });
    }
}
