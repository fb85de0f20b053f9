import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SecretSync as Settings } from "../../config/settings.js";
import { staleAfterSeconds } from "../../config/stale.js";
import { declareAlerts } from "../monitoring/alerts.js";
import { type JobBundle, readJobBundle } from "../monitoring/jobBundle.js";
import { SYNC_ROLE } from "../vault/names.js";
import { declareReader } from "../vault/reader.js";
import type { VaultAuth } from "../vault/vaultAuth.js";
import { syncAlertRules } from "./syncAlertRules.js";
import { CA_FILE, MAPPING_FILE, mappingText, PROGRAM_FILE, SYNC_NAME, syncCronJobSpec } from "./syncCronJob.js";
import { syncNetworkPolicySpec } from "./syncNetworkPolicy.js";
import { syncRules } from "./syncPolicy.js";

export interface SecretSyncArgs {
    readonly sync: Settings;
    readonly auth: Pick<VaultAuth, "authMount">;
    /** Image with Node, in which the program runs. */
    readonly image: string;
    /** @default the program as `npm run build` wrote it */
    readonly program?: JobBundle;
}

/**
 * The CronJob that copies secrets from Vault to Woodpecker, who it is to Vault, and the alerts on its metrics.
 *
 * The pod holds one secret, a token for ten minutes that only Vault accepts; Woodpecker's token it reads from Vault.
 */
export class SecretSync extends pulumi.ComponentResource {
    /** `namespace/name` of the CronJob. */
    readonly cronJob: pulumi.Output<string>;

    constructor(name: string, args: SecretSyncArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:woodpecker:SecretSync", name, {}, opts);
        const { sync, image } = args;
        const program = args.program ?? readJobBundle("secret-sync");
        const namespace = sync.createNamespace
            ? new k8s.core.v1.Namespace(`${name}-namespace`, { metadata: { name: sync.namespace } }, { parent: this })
            : undefined;
        const child = { parent: this, ...(namespace && { dependsOn: [namespace] }) };
        const metadata = {
            name: SYNC_NAME,
            namespace: sync.namespace,
            labels: { "app.kubernetes.io/name": SYNC_NAME },
        };

        const account = new k8s.core.v1.ServiceAccount(
            `${name}-account`,
            { metadata, automountServiceAccountToken: false },
            child,
        );
        const role = declareReader(
            name,
            {
                role: SYNC_ROLE,
                rules: syncRules(sync),
                authMount: args.auth.authMount,
                account: SYNC_NAME,
                namespace: sync.namespace,
                audience: sync.audience,
                // A run and the way there; the program ends its token itself.
                tokenSeconds: sync.deadlineSeconds + 60,
            },
            { parent: this },
            account,
        );
        const data = {
            [PROGRAM_FILE]: program.text,
            [MAPPING_FILE]: mappingText(sync),
            ...(sync.ca && { [CA_FILE]: sync.ca }),
        };
        const files = new k8s.core.v1.ConfigMap(`${name}-program`, { metadata, data }, child);
        if (sync.networkPolicy) {
            const spec = syncNetworkPolicySpec(sync.networkPolicy);
            new k8s.networking.v1.NetworkPolicy(`${name}-network`, { metadata, spec }, child);
        }
        const cronJob = new k8s.batch.v1.CronJob(
            `${name}-cronjob`,
            { metadata, spec: syncCronJobSpec({ sync, image, programHash: program.hash }) },
            { ...child, dependsOn: [role, account, files] },
        );
        if (sync.alerts) {
            const rules = syncAlertRules({
                runbookUrl: sync.alerts.runbookUrl,
                staleAfterSeconds: staleAfterSeconds("secretSync", sync),
                instance: sync.instance,
            });
            const alerts = { ...metadata, name: `${SYNC_NAME}-alerts`, file: "secret-sync.yml" };
            declareAlerts(`${name}-alerts`, { ...alerts, alerts: sync.alerts, rules }, child);
        }

        this.cronJob = pulumi.interpolate`${cronJob.metadata.namespace}/${cronJob.metadata.name}`;
        this.registerOutputs({ cronJob: this.cronJob });
    }
}
