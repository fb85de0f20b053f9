import { vault } from "../../servers.js";
import type { Mutation } from "./mutation.js";

const roles = "auth/kubernetes/role";
export const inVault: readonly Mutation[] = [
    {
        system: "Vault",
        what: "a policy widened",
        where: /Policy delivery-deployer-policy/,
        make: () =>
            vault.api("PUT", "sys/policies/acl/woodpecker-deployer", {
                policy: 'path "secret/*" { capabilities = ["read"] }',
            }),
    },
    {
        system: "Vault",
        what: "a policy deleted",
        where: /Policy secret-sync-policy/,
        make: () => vault.api("DELETE", "sys/policies/acl/secret-sync"),
    },
    {
        system: "Vault",
        what: "a policy added that reaches into a managed mount",
        where: /policy drift-stray/,
        make: () =>
            vault.api("PUT", "sys/policies/acl/drift-stray", {
                policy: 'path "kubernetes/creds/*" { capabilities = ["update"] }',
            }),
        undo: () => vault.api("DELETE", "sys/policies/acl/drift-stray"),
    },
    {
        system: "Vault",
        what: "a policy added that reaches every mount by a wildcard",
        where: /policy drift-wide/,
        make: () =>
            vault.api("PUT", "sys/policies/acl/drift-wide", {
                policy: JSON.stringify({ path: { "auth/*": { capabilities: ["update"] } } }),
            }),
        undo: () => vault.api("DELETE", "sys/policies/acl/drift-wide"),
    },
    {
        system: "Vault",
        what: "a login role added",
        where: new RegExp(`role ${roles}/drift-stray`),
        make: () =>
            vault.api("POST", `${roles}/drift-stray`, {
                bound_service_account_names: "*",
                bound_service_account_namespaces: "shop",
                token_policies: "default",
            }),
        undo: () => vault.api("DELETE", `${roles}/drift-stray`),
    },
    {
        system: "Vault",
        what: "a login role bound to more",
        where: /AuthBackendRole delivery-deployer-role/,
        at: /boundServiceAccountNames/,
        make: () =>
            vault.api("POST", `${roles}/woodpecker-deployer`, {
                bound_service_account_names: "woodpecker-deployer,default",
            }),
    },
    {
        system: "Vault",
        what: "another policy given to a login role",
        where: /AuthBackendRole secret-sync-role/,
        at: /tokenPolicies/,
        make: () => vault.api("POST", `${roles}/secret-sync`, { token_policies: "secret-sync,default" }),
    },
    {
        system: "Vault",
        what: "a login role tells ServiceAccounts apart by name",
        where: /auth\/kubernetes\/role\/secret-sync/,
        at: /aliasNameSource/,
        make: () => vault.api("POST", `${roles}/secret-sync`, { alias_name_source: "serviceaccount_name" }),
        undo: () => vault.api("POST", `${roles}/secret-sync`, { alias_name_source: "serviceaccount_uid" }),
    },
    {
        system: "Vault",
        what: "a role that mints tokens deleted",
        where: /SecretBackendRole website/,
        make: () => vault.api("DELETE", "kubernetes/roles/website-deployer"),
    },
    {
        system: "Vault",
        what: "a role that mints tokens for more namespaces",
        where: /SecretBackendRole shop/,
        at: /allowedKubernetesNamespaces/,
        make: async () => {
            const { data } = await vault.api("GET", "kubernetes/roles/shop-deployer");
            return vault.api("POST", "kubernetes/roles/shop-deployer", {
                ...(data as object),
                allowed_kubernetes_namespaces: ["*"],
            });
        },
    },
    {
        system: "Vault",
        what: "a role that mints tokens added",
        where: /role kubernetes\/roles\/drift-stray/,
        make: () =>
            vault.api("POST", "kubernetes/roles/drift-stray", {
                allowed_kubernetes_namespaces: "*",
                service_account_name: "default",
            }),
        undo: () => vault.api("DELETE", "kubernetes/roles/drift-stray"),
    },
    {
        system: "Vault",
        what: "the method tuned to longer tokens",
        where: /auth\/kubernetes\/tune/,
        at: /config\.maxLeaseTtl/,
        make: () => vault.api("POST", "sys/auth/kubernetes/tune", { max_lease_ttl: "9000h" }),
        undo: () => vault.api("POST", "sys/auth/kubernetes/tune", { max_lease_ttl: "0" }),
    },
    {
        system: "Vault",
        what: "a credential changed at its source",
        where: /ActionsSecret website.*DOCKERHUB_USERNAME/,
        make: async () => {
            const { data } = await vault.api("GET", "secret/data/ci/dockerhub");
            const { data: values } = data as { data: Record<string, string> };
            return vault.api("POST", "secret/data/ci/dockerhub", {
                data: { ...values, username: `${values.username}-2` },
            });
        },
        undo: async () => {
            const { data } = await vault.api("GET", "secret/data/ci/dockerhub");
            const { data: values } = data as { data: Record<string, string> };
            const username = String(values.username).replace(/(-2)+$/, "");
            return vault.api("POST", "secret/data/ci/dockerhub", { data: { ...values, username } });
        },
    },
    {
        system: "Vault",
        what: "a synced value changed at its source",
        where: /synced secret/,
        make: async () => {
            const { data } = await vault.api("GET", "secret/data/ci/global");
            return vault.api("POST", "secret/data/ci/global", {
                data: { ...(data as { data: object }).data, drift_stray: "x" },
            });
        },
        undo: async () => {
            const { data } = await vault.api("GET", "secret/data/ci/global");
            const { drift_stray: _, ...rest } = (data as { data: Record<string, string> }).data;
            return vault.api("POST", "secret/data/ci/global", { data: rest });
        },
    },
];
