import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { VaultSettings } from "../../config/settings.js";

/** What is mounted already at the paths that the program mounts something at, as ids to import. */
export interface FoundMounts {
    readonly authMethod?: string;
    readonly secretsEngine?: string;
}

/**
 * Looks at what is mounted. A mount cannot be made twice, and what is in it must stay, so one that is there is imported; the engine
 * takes no notice of that where its state has it already.
 *
 * @throws pulumi.RunError where a mount is of another type, or Vault does not answer
 */
export async function findMounts(settings: VaultSettings, provider?: vault.Provider): Promise<FoundMounts> {
    const { address, mounts, adoptMounts } = settings;
    if (adoptMounts) return {};
    const read = async (path: string): Promise<Readonly<Record<string, string>> | undefined> => {
        try {
            return (await vault.generic.getSecret({ path }, { provider })).data;
        } catch (error) {
            const words = error instanceof Error ? error.message : String(error);
            if (/no secret found/.test(words)) return undefined;
            throw new pulumi.RunError(
                `Vault at ${address} does not say what is mounted: ${words.replace(/\s+/g, " ")}\nSee that it is up and unsealed and that VAULT_TOKEN may read ${path}.`,
            );
        }
    };
    const mounted = async (table: string, mount: string, key: string): Promise<string | undefined> => {
        const entry = (await read(table))?.[`${mount}/`];
        if (entry === undefined) return undefined;
        const { type } = JSON.parse(entry) as { type?: string };
        if (type === "kubernetes") return mount;
        throw new pulumi.RunError(
            `cicd:vault.mounts.${key}: at "${mount}" Vault at ${address} has a mount of type ${type}, not kubernetes; name another path`,
        );
    };
    const authMethod = await mounted("sys/auth", mounts.kubernetesAuth, "kubernetesAuth");
    const engine = await mounted("sys/mounts", mounts.kubernetesSecrets, "kubernetesSecrets");
    // The provider takes an engine without configuration for one that is not there.
    const configured = engine !== undefined && (await read(`${engine}/config`)) !== undefined;
    return { ...(authMethod && { authMethod }), ...(configured && { secretsEngine: engine }) };
}
