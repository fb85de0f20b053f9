import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { VaultSettings } from "../../config/settings.js";
import type { Credentials } from "./credentials.js";
import type { FoundMounts } from "./mounts.js";

export interface VaultAuthArgs {
    readonly vault: VaultSettings;
    /** Holds the reviewer's token and the cluster's CA, for a Vault outside the cluster. */
    readonly credentials: Credentials;
    /** What is mounted already, to be taken over. @default nothing */
    readonly found?: FoundMounts;
}

/**
 * What ties Vault to the cluster: an auth method that knows its ServiceAccounts, and a secrets engine that mints their tokens.
 *
 * With `adoptMounts` both are somebody else's, configuration included, and nothing is declared here.
 */
export class VaultAuth extends pulumi.ComponentResource {
    /** Mount of the auth method, known once it is configured. */
    readonly authMount: pulumi.Output<string>;
    /** Mount of the secrets engine, known once it is configured. */
    readonly secretsMount: pulumi.Output<string>;

    constructor(name: string, args: VaultAuthArgs, opts?: pulumi.ComponentResourceOptions) {
        super("cicd:vault:VaultAuth", name, {}, opts);
        const parent = { parent: this };
        const { mounts, kubernetes, adoptMounts } = args.vault;

        const cluster = {
            kubernetesHost: kubernetes.host,
            kubernetesCaCert: kubernetes.ca && args.credentials.value(kubernetes.ca),
            // Vault outside the cluster has no token and CA of its own to fall back on.
            disableLocalCaJwt: kubernetes.reviewer !== undefined,
        };
        const reviewer = kubernetes.reviewer && args.credentials.value(kubernetes.reviewer);

        this.authMount = adoptMounts
            ? pulumi.output(mounts.kubernetesAuth)
            : this.method(name, args, cluster, reviewer);
        this.secretsMount = adoptMounts
            ? pulumi.output(mounts.kubernetesSecrets)
            : new vault.kubernetes.SecretBackend(
                  `${name}-secrets`,
                  {
                      path: mounts.kubernetesSecrets,
                      description: "Short-lived tokens of ServiceAccounts, for deploys",
                      ...cluster,
                      serviceAccountJwt: reviewer,
                  },
                  { ...parent, import: args.found?.secretsEngine },
              ).path;

        this.registerOutputs({ authMount: this.authMount, secretsMount: this.secretsMount });
    }

    private method(
        name: string,
        { vault: { mounts }, found }: VaultAuthArgs,
        cluster: Omit<vault.kubernetes.AuthBackendConfigArgs, "backend" | "tokenReviewerJwt">,
        reviewer?: pulumi.Output<string>,
    ): pulumi.Output<string> {
        const parent = { parent: this };
        const method = new vault.AuthBackend(
            `${name}-method`,
            { type: "kubernetes", path: mounts.kubernetesAuth, description: "ServiceAccounts of the cluster" },
            { ...parent, import: found?.authMethod },
        );
        const config = new vault.kubernetes.AuthBackendConfig(
            `${name}-method-config`,
            { backend: method.path, ...cluster, tokenReviewerJwt: reviewer },
            parent,
        );
        return config.backend.apply((backend) => backend ?? mounts.kubernetesAuth);
    }
}
