/** The vault package: policies, mounts, the Kubernetes auth method and secrets engine, key/value secrets. */

import type { Invoke, ProviderPackage } from "../provider/model.js";
import { VaultClient } from "./client.js";
import { getSecret, getSecretV2 } from "./kv.js";
import { table } from "./table.js";
import { resourceType } from "./types.js";

export const vault: ProviderPackage = {
    name: "vault",
    version: "7.8.0",
    configuration: {
        address: "string",
        token: "string",
        namespace: "string",
        maxLeaseTtlSeconds: "number",
        maxRetries: "number",
        skipChildToken: "boolean",
        // Accepted for the sake of the official plugin; they change nothing here.
        addAddressToEnv: "string",
        maxRetriesCcc: "number",
        skipGetVaultVersion: "boolean",
        skipTlsVerify: "boolean",
        tokenName: "string",
        vaultVersionOverride: "string",
        headers: "json",
    },
    configure(settings) {
        const { VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE, VAULT_MAX_RETRIES } = process.env;
        const address = (settings.address as string | undefined) ?? VAULT_ADDR;
        if (address === undefined) {
            throw new Error("vault: no address; set VAULT_ADDR or the provider's input address");
        }
        const token = (settings.token as string | undefined) ?? VAULT_TOKEN;
        const namespace = (settings.namespace as string | undefined) ?? VAULT_NAMESPACE;
        const client = new VaultClient({
            address,
            ...(token && { token }),
            ...(namespace && { namespace }),
            maxRetries: (settings.maxRetries as number | undefined) ?? Number(VAULT_MAX_RETRIES ?? 2),
            skipChildToken: settings.skipChildToken === true || process.env.TERRAFORM_VAULT_SKIP_CHILD_TOKEN === "true",
            childTokenTtlSeconds: (settings.maxLeaseTtlSeconds as number | undefined) ?? 1200,
        });
        const invokes: Readonly<Record<string, Invoke>> = {
            "vault:kv/getSecretV2:getSecretV2": getSecretV2(client),
            "vault:generic/getSecret:getSecret": getSecret(client),
        };
        return {
            known: [...Object.keys(table), ...Object.keys(invokes)].join(", "),
            resourceType: (token) => {
                const row = table[token];
                return row && resourceType(row, client);
            },
            invoke: (token) => invokes[token],
        };
    },
};
