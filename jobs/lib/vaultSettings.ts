import * as z from "zod";
import { serviceUrl } from "./fields.js";

const mount = z.string().regex(/^[\w.-]+(\/[\w.-]+)*$/, "is not a mount path without slashes at the ends");
const secretText = z.string().meta({ secret: true });

/** A token that somebody else has made, or what it takes to log in. */
export type VaultCredential =
    | { readonly token: string }
    | { readonly mount: string; readonly role: string; readonly jwt: string };

/**
 * Variables of every program that reads secrets from Vault as its ServiceAccount.
 *
 * @param role default of that name
 */
export const vaultFields = (role: string) => ({
    VAULT_ADDR: serviceUrl.describe("address of Vault, e.g. https://vault.example.org"),
    VAULT_AUTH_MOUNT: mount.default("kubernetes").describe("mount of the Kubernetes auth method (kubernetes)"),
    VAULT_ROLE: z.string().default(role).describe(`role to log in with (${role})`),
    VAULT_JWT: secretText.optional().describe("token of the ServiceAccount to log in with; read anew for each login"),
    VAULT_TOKEN: secretText.optional().describe("instead of VAULT_JWT: a Vault token; it is not revoked"),
    VAULT_KV_MOUNT: mount.default("secret").describe("mount of the KV store, version 2 (secret)"),
});

interface Read {
    readonly VAULT_AUTH_MOUNT: string;
    readonly VAULT_ROLE: string;
    readonly VAULT_JWT?: string | undefined;
    readonly VAULT_TOKEN?: string | undefined;
}

/** @param problems gets what is wrong, where nothing or too much is set */
export function vaultCredential(read: Read, problems: string[]): VaultCredential | undefined {
    const { VAULT_AUTH_MOUNT, VAULT_ROLE, VAULT_JWT, VAULT_TOKEN } = read;
    if ((VAULT_JWT === undefined) === (VAULT_TOKEN === undefined)) {
        problems.push("VAULT_JWT, VAULT_TOKEN: set one of the two");
    }
    if (VAULT_JWT !== undefined) return { mount: VAULT_AUTH_MOUNT, role: VAULT_ROLE, jwt: VAULT_JWT };
    return VAULT_TOKEN === undefined ? undefined : { token: VAULT_TOKEN };
}
