import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { SecretExtension as Settings } from "../../config/settings.js";
import { pathsOf } from "../../jobs/secret-sync/mapping.js";
import { declareAlerts } from "../monitoring/alerts.js";
import { type JobBundle, readJobBundle } from "../monitoring/jobBundle.js";
import { EXTENSION_ROLE } from "../vault/names.js";
import { type PathRule, revokeSelf } from "../vault/policy.js";
import { declareReader } from "../vault/reader.js";
import type { VaultAuth } from "../vault/vaultAuth.js";
import { extensionAlertRules } from "./extensionAlertRules.js";
import {
    EXTENSION_NAME,
    extensionDeploymentSpec,
    extensionEndpoint,
    extensionFiles,
    extensionLabels,
    SECRETS_PORT,
} from "./extensionDeployment.js";
import { extensionNetworkPolicySpec } from "./extensionNetworkPolicy.js";

export interface SecretExtensionArgs {
    readonly extension: Settings;
    readonly auth: Pick<VaultAuth, "authMount">;
    /** Image with Node, in which the program runs. */
    readonly image: string;
    /** @default the program as `npm run build` wrote it */
    readonly program?: JobBundle;
}

/** A login for each round of reading, and the way there; the program ends its token itself. */
const TOKEN_SECONDS = 120;

/**
 * The service that Woodpecker's server asks for secrets when it makes a pipeline, who it is to Vault, and its alerts.
 *
 * Nothing is kept in Woodpecker, and no token of Woodpecker is needed: the server proves by its signature who asks.
 */
export class SecretExtension extends pulumi.ComponentResource {
    /** What Woodpecker's server is told as WOODPECKER_SECRET_EXTENSION_ENDPOINT. */
    readonly endpoint: pulumi.Output<string>;

    constructor(name: string, args: SecretExtensionArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:woodpecker:SecretExtension", name, {}, opts);
        const { extension, image } = args;
        const program = args.program ?? readJobBundle("secret-extension");
        const namespace = extension.createNamespace
            ? new k8s.core.v1.Namespace(
                  `${name}-namespace`,
                  { metadata: { name: extension.namespace } },
                  { parent: this },
              )
            : undefined;
        const child = { parent: this, ...(namespace && { dependsOn: [namespace] }) };
        const metadata = { name: EXTENSION_NAME, namespace: extension.namespace, labels: extensionLabels };

        const account = new k8s.core.v1.ServiceAccount(
            `${name}-account`,
            { metadata, automountServiceAccountToken: false },
            child,
        );
        const role = declareReader(
            name,
            {
                role: EXTENSION_ROLE,
                rules: extensionRules(extension),
                authMount: args.auth.authMount,
                account: EXTENSION_NAME,
                namespace: extension.namespace,
                audience: extension.audience,
                tokenSeconds: TOKEN_SECONDS,
            },
            { parent: this },
            account,
        );
        const data = extensionFiles(extension, program.text);
        const files = new k8s.core.v1.ConfigMap(`${name}-program`, { metadata, data }, child);
        if (extension.networkPolicy) {
            const spec = extensionNetworkPolicySpec(extension.networkPolicy);
            new k8s.networking.v1.NetworkPolicy(`${name}-network`, { metadata, spec }, child);
        }
        // A budget over a single pod would keep its node from ever being drained.
        if (extension.replicas > 1) {
            const spec = { minAvailable: 1, selector: { matchLabels: extensionLabels } };
            new k8s.policy.v1.PodDisruptionBudget(`${name}-budget`, { metadata, spec }, child);
        }
        const deployment = new k8s.apps.v1.Deployment(
            `${name}-deployment`,
            { metadata, spec: extensionDeploymentSpec(extension, image, data) },
            { ...child, dependsOn: [role, account, files], customTimeouts: { create: "3m", update: "5m" } },
        );
        const service = new k8s.core.v1.Service(
            `${name}-service`,
            {
                metadata,
                spec: {
                    selector: extensionLabels,
                    ports: [{ name: "secrets", port: SECRETS_PORT, targetPort: "secrets" }],
                },
            },
            { ...child, dependsOn: [deployment] },
        );
        if (extension.alerts) {
            const rules = extensionAlertRules({ ...extension.alerts, instance: extension.instance });
            const alerts = { ...metadata, name: `${EXTENSION_NAME}-alerts`, file: "secret-extension.yml" };
            declareAlerts(`${name}-alerts`, { ...alerts, alerts: extension.alerts, rules }, child);
            // The operator's Prometheus reads no annotations; without this the alerts would know of no pod.
            if (extension.alerts.kind === "PrometheusRule") {
                new k8s.apiextensions.CustomResource(
                    `${name}-monitor`,
                    {
                        apiVersion: "monitoring.coreos.com/v1",
                        kind: "PodMonitor",
                        metadata: { ...metadata, labels: { ...extensionLabels, ...extension.alerts.labels } },
                        spec: {
                            selector: { matchLabels: extensionLabels },
                            podMetricsEndpoints: [{ port: "monitor", path: "/metrics" }],
                        },
                    },
                    child,
                );
            }
        }

        this.endpoint = service.metadata.apply(() => extensionEndpoint(extension));
        this.registerOutputs({ endpoint: this.endpoint });
    }
}

/** What the extension may ask of Vault: to read exactly what the mapping names, and to end its own token. */
export function extensionRules({ mapping, vault }: Settings): PathRule[] {
    const mount = vault.mounts.kv;
    return [
        revokeSelf,
        ...pathsOf(mapping).map((path): PathRule => ({ path: `${mount}/data/${path}`, capabilities: ["read"] })),
    ];
}
