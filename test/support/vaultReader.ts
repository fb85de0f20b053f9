import { type PathRule, renderPolicy } from "../../components/vault/policy.js";
import type { Cluster } from "./cluster.js";
import { vault } from "./servers.js";

export interface VaultReaderOptions {
    /** Of the auth method, made for this test, and of the policy. */
    readonly mount: string;
    readonly role: string;
    readonly rules: readonly PathRule[];
    readonly account: string;
    readonly namespace: string;
    readonly audience: string;
    readonly tokenSeconds: number;
}

/** Lets a program of the sandbox's cluster log in to OpenBao as its component declares it, on an auth method of its own. */
export async function declareVaultReader(cluster: Cluster, options: VaultReaderOptions): Promise<void> {
    const { mount, role, rules, account, namespace, audience, tokenSeconds } = options;
    const { data } = await vault.api("GET", "secret/data/ci/kubernetes-reviewer");
    const reviewer = (data as { data: { token: string; ca: string } }).data;
    await vault.api("POST", `sys/auth/${mount}`, { type: "kubernetes" });
    await vault.api("POST", `auth/${mount}/config`, {
        kubernetes_host: cluster.server,
        kubernetes_ca_cert: reviewer.ca,
        token_reviewer_jwt: reviewer.token,
        disable_local_ca_jwt: true,
    });
    await vault.api("PUT", `sys/policies/acl/${mount}`, { policy: renderPolicy(rules) });
    await vault.api("POST", `auth/${mount}/role/${role}`, {
        bound_service_account_names: [account],
        bound_service_account_namespaces: [namespace],
        audience,
        token_policies: [mount],
        token_no_default_policy: true,
        token_ttl: tokenSeconds,
        token_max_ttl: tokenSeconds,
    });
}

export async function removeVaultReader(mount: string): Promise<void> {
    await vault.api("DELETE", `sys/auth/${mount}`);
    await vault.api("DELETE", `sys/policies/acl/${mount}`);
}
