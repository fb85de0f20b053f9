import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type IntegrityProbeBlock, instanceOf } from "../../config/integrityProbe.js";
import { staleAfterSeconds } from "../../config/stale.js";
import type { Credentials } from "../vault/credentials.js";
import { alertRules } from "./alertRules.js";
import { declareAlerts } from "./alerts.js";
import { CA_FILE, cronJobSpec, PASSWORD_KEY, PROBE_NAME, PROGRAM_FILE, USERNAME_KEY } from "./cronJob.js";
import { type JobBundle, readJobBundle } from "./jobBundle.js";

export interface IntegrityProbeArgs {
    readonly probe: IntegrityProbeBlock;
    readonly credentials: Pick<Credentials, "value">;
    /** Image with Node, in which the program runs. */
    readonly image: string;
    /** @default the program as `npm run build` wrote it */
    readonly program?: JobBundle;
}

/**
 * The CronJob that walks a registry and says in metrics what is broken in it, and the alerts on these metrics.
 *
 * The program is mounted from a ConfigMap: no image to build, nothing is fetched when it runs.
 */
export class IntegrityProbe extends pulumi.ComponentResource {
    /** `namespace/name` of the CronJob. */
    readonly cronJob: pulumi.Output<string>;

    constructor(name: string, args: IntegrityProbeArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:monitoring:IntegrityProbe", name, {}, opts);
        const { probe, credentials, image } = args;
        const program = args.program ?? readJobBundle("integrity-probe");
        const namespace = probe.createNamespace
            ? new k8s.core.v1.Namespace(`${name}-namespace`, { metadata: { name: probe.namespace } }, { parent: this })
            : undefined;
        const child = { parent: this, ...(namespace && { dependsOn: [namespace] }) };
        const metadata = {
            name: PROBE_NAME,
            namespace: probe.namespace,
            labels: { "app.kubernetes.io/name": PROBE_NAME },
        };

        new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata, automountServiceAccountToken: false }, child);
        new k8s.core.v1.ConfigMap(
            `${name}-program`,
            { metadata, data: { [PROGRAM_FILE]: program.text, ...(probe.ca && { [CA_FILE]: probe.ca }) } },
            child,
        );
        if (probe.login) {
            const stringData = {
                [USERNAME_KEY]: credentials.value(probe.login.username),
                [PASSWORD_KEY]: credentials.value(probe.login.password),
            };
            new k8s.core.v1.Secret(`${name}-login`, { metadata, stringData }, child);
        }
        const cronJob = new k8s.batch.v1.CronJob(
            `${name}-cronjob`,
            { metadata, spec: cronJobSpec({ probe, image, programHash: program.hash }) },
            child,
        );
        if (probe.alerts) {
            const { shards, blobs, schedule } = probe;
            const rules = alertRules({
                runbookUrl: probe.alerts.runbookUrl,
                staleAfterSeconds: staleAfterSeconds("integrityProbe", probe),
                instance: instanceOf(probe),
                shards,
                blobs,
                schedule,
            });
            const alerts = { ...metadata, name: `${PROBE_NAME}-alerts`, file: "registry-integrity.yml" };
            declareAlerts(`${name}-alerts`, { ...alerts, alerts: probe.alerts, rules }, child);
        }

        this.cronJob = pulumi.interpolate`${cronJob.metadata.namespace}/${cronJob.metadata.name}`;
        this.registerOutputs({ cronJob: this.cronJob });
    }
}
