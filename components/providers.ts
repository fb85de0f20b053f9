import * as github from "@pulumi/github";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { environment } from "../config/environment.js";
import type { Settings } from "../config/settings.js";
import * as woodpecker from "../providers/woodpecker/index.js";
import type { Claims } from "./adoption/claims.js";

/**
 * A provider for each system the settings name; components inherit them by `opts`.
 * Credentials come from the environment: VAULT_TOKEN, GITHUB_TOKEN, WOODPECKER_TOKEN, KUBECONFIG.
 */
export class Providers {
    readonly opts: pulumi.ComponentResourceOptions;
    /** What credentials are read with. */
    readonly vault?: vault.Provider;

    /** @param claims of what is made on the servers; nothing that exists is written over without them */
    constructor(settings: Settings, claims?: Claims) {
        this.vault = settings.vault && makeVault(settings.vault.address);
        const providers = [
            this.vault,
            settings.github && makeGitHub(settings.github),
            settings.woodpecker && new woodpecker.Provider("woodpecker", { server: settings.woodpecker.url }),
            needsKubernetes(settings) ? makeKubernetes(claims !== undefined) : undefined,
        ];
        this.opts = { ...claims?.opts, providers: providers.filter((provider) => provider !== undefined) };
    }
}

function needsKubernetes(settings: Settings): boolean {
    const { delivery, infra, integrityProbe, secretSync, secretExtension, credentialSync, dashboard, drift } = settings;
    const parts = [delivery, infra, integrityProbe, secretSync, secretExtension, credentialSync, dashboard, drift];
    return parts.some((part) => part !== undefined);
}

function makeVault(address: string): vault.Provider {
    return new vault.Provider("vault", {
        address,
        // A child token needs a right that tokens of CI jobs do not have, and ends after twenty minutes.
        skipChildToken: true,
        // OpenBao counts its versions from 2, which the provider takes for a later Vault.
        vaultVersionOverride: "1.19.0",
    });
}

function makeGitHub({ owner, baseUrl }: { owner: string; baseUrl?: string }): github.Provider {
    const { githubToken } = environment;
    return new github.Provider("github", {
        owner,
        // github.com throttles quick writes; other servers are the operator's own.
        ...(baseUrl && { baseUrl: `${baseUrl}/`, writeDelayMs: 0 }),
        ...(githubToken && { token: pulumi.secret(githubToken) }),
    });
}

function makeKubernetes(claimed: boolean): kubernetes.Provider {
    return new kubernetes.Provider(
        "kubernetes",
        {
            // Without it an edit by kubectl is a conflict that fails the preview instead of a difference it shows.
            enablePatchForce: true,
            enableConfigMapMutable: true,
            // Otherwise a new value deletes the Secret first, and Kyverno every copy of it.
            enableSecretMutable: true,
            upsertExistingObjects: claimed,
        },
        // The SDK takes KUBECONFIG for an input, and the next machine's other path would be drift. The plugin reads it by itself.
        { transformations: [({ props, opts }) => ({ props: { ...props, kubeconfig: undefined }, opts })] },
    );
}
