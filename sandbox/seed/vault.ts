/** What the operator has in Vault before the program is run: KV version 2, mounted at `secret/`. */

/** What is known only once the other servers are up. */
export interface VaultSeedInput {
    /** What GitHub Actions shows to Woodpecker: ci-bot's token. */
    readonly woodpeckerToken?: string;
    /** What the secret sync shows to Woodpecker: an administrator's token. */
    readonly woodpeckerAdminToken?: string;
    readonly slackWebhook?: string;
    /** How the registry's machine is reached, and what its registry shows. */
    readonly registryVm?: { readonly sshKey: string; readonly certificate: string; readonly certificateKey: string };
    /** How the cluster's node is reached. */
    readonly nodeSshKey?: string;
    /** For Vault outside of the cluster: how it asks the API server about tokens. */
    readonly reviewer?: { readonly token: string; readonly ca: string };
}

/** One secret of the engine. */
export interface VaultSecret {
    /** Below the mount. */
    readonly path: string;
    readonly data: Readonly<Record<string, string>>;
    /** Follows the servers' own values; others belong to whoever changes them after the first start. */
    readonly follows: boolean;
}

export const kvMount = "secret";

export function vaultSecrets(input: VaultSeedInput): VaultSecret[] {
    const { woodpeckerToken, woodpeckerAdminToken, slackWebhook, reviewer, registryVm, nodeSshKey } = input;
    const fixed = (path: string, data: VaultSecret["data"]) => ({ path, data, follows: false });
    const following = (path: string, data: VaultSecret["data"]) => ({ path, data, follows: true });
    return [
        fixed("ci/dockerhub", { username: "acme-ci", token: "dckr_pat_sandbox_7f3c9b1e" }),
        // Of the registry VM. The other registry asks nobody who he is.
        fixed("ci/registry", { username: "acme-ci", password: "registry-password-of-the-sandbox-91f0" }),
        ...(slackWebhook === undefined
            ? []
            : [
                  following("ci/slack", { webhook: slackWebhook }),
                  following("ci/global", {
                      slack_webhook: slackWebhook,
                      dockerhub_username: "acme-ci",
                      dockerhub_token: "dckr_pat_sandbox_7f3c9b1e",
                  }),
              ]),
        ...(woodpeckerToken === undefined ? [] : [following("ci/woodpecker", { token: woodpeckerToken })]),
        ...(woodpeckerAdminToken === undefined
            ? []
            : [
                  following("ci/secret-sync", {
                      "woodpecker-token": woodpeckerAdminToken,
                      "fingerprint-key": "fingerprints-of-the-sandbox-4e1d7a90",
                  }),
              ]),
        ...(registryVm === undefined
            ? []
            : [
                  following("ci/registry-vm", {
                      "ssh-key": registryVm.sshKey,
                      certificate: registryVm.certificate,
                      "certificate-key": registryVm.certificateKey,
                  }),
              ]),
        ...(nodeSshKey === undefined ? [] : [following("ci/nodes", { "ssh-key": nodeSshKey })]),
        ...(reviewer === undefined ? [] : [following("ci/kubernetes-reviewer", reviewer)]),
    ];
}
