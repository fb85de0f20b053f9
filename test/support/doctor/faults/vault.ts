import { vault } from "../../servers.js";
import type { Fault } from "../fault.js";

export const inVault: readonly Fault[] = [
    {
        check: "woodpecker-token",
        words: /secret\/ci\/woodpecker: Woodpecker does not accept it \(401\)/,
        make: () => changeSecret("ci/woodpecker", () => ({ token: "revoked" })),
        undo: () => restoreSecret("ci/woodpecker"),
    },
    {
        check: "github-secrets",
        words: /acme\/website: the Actions secret WOODPECKER_TOKEN is older than its value in Vault/,
        make: async () => {},
    },
    {
        check: "vault-secrets",
        words: /secret\/ci\/slack: nothing under "webhook", which cicd:credentials.slackWebhook names/,
        make: () => changeSecret("ci/slack", () => ({ address: "moved" })),
        undo: () => restoreSecret("ci/slack"),
    },
    {
        check: "vault-logins",
        words: /cicd-deployer-shop in shop: no token from kubernetes\/creds\/shop-deployer: \d+/,
        make: () => vault.api("DELETE", "kubernetes/roles/shop-deployer"),
    },
    {
        check: "vault-logins",
        words: /role secret-sync: woodpecker\/secret-sync cannot log in: \d+/,
        make: () => vault.api("DELETE", "auth/kubernetes/role/secret-sync"),
    },
    {
        check: "secrets-in-sync",
        words: /secret sync: 1 of Woodpecker's secrets differ from Vault: \+ .*late_arrival/,
        make: () => changeSecret("ci/global", (data) => ({ ...data, late_arrival: "x" })),
        undo: () => restoreSecret("ci/global"),
    },
];

const kept = new Map<string, unknown>();

async function changeSecret(path: string, change: (data: object) => object): Promise<void> {
    const answer = await vault.api("GET", `secret/data/${path}`);
    const { data } = answer.data as { data: object };
    kept.set(path, data);
    await vault.api("POST", `secret/data/${path}`, { data: change(data) });
}

async function restoreSecret(path: string): Promise<void> {
    await vault.api("POST", `secret/data/${path}`, { data: kept.get(path) });
}
