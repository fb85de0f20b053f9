import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import type { Credentials as Sources } from "../../config/credentials.js";
import type { VaultValue } from "../../config/primitives.js";

/** Where the KV version 2 store is, and who reads it. */
export interface SecretStore {
    readonly mount: string;
    readonly provider?: vault.Provider;
}

/** The one place where a credential becomes a value, and where it is marked secret. */
export class Credentials {
    readonly #secrets = new Map<string, pulumi.Output<Record<string, string>>>();

    constructor(
        private readonly sources: Sources,
        private readonly store?: SecretStore,
    ) {}

    /** The credential, or nothing where the settings have no source for it. */
    find(name: keyof Sources): pulumi.Output<string> | undefined {
        const source = this.sources[name];
        if (source === undefined) return undefined;
        return typeof source === "string" ? pulumi.secret(source) : this.read(source.vault);
    }

    /** @throws Error where the settings have no source for it; they are checked against what the applications need. */
    get(name: keyof Sources): pulumi.Output<string> {
        const credential = this.find(name);
        if (!credential) throw new Error(`cicd:credentials.${name} is missing`);
        return credential;
    }

    /** One key of one secret in Vault. */
    read({ path, key }: VaultValue): pulumi.Output<string> {
        const mount = this.store?.mount;
        return this.secret(path).apply((data) => {
            const value = data[key];
            if (typeof value === "string" && value !== "") return value;
            const keys = Object.keys(data).join(", ") || "none";
            throw new pulumi.RunError(
                `the secret ${mount}/${path} in Vault has no text under "${key}"; its keys are ${keys}`,
            );
        });
    }

    private secret(path: string): pulumi.Output<Record<string, string>> {
        const known = this.#secrets.get(path);
        if (known) return known;
        if (!this.store) throw new Error(`${path} is to be read from Vault, but cicd:vault is switched off`);
        const { mount, provider } = this.store;
        // The invoke does not mark what it returns as secret, so it would stand in the state in clear.
        const data = pulumi.secret(vault.kv.getSecretV2Output({ mount, name: path }, { provider }).data);
        this.#secrets.set(path, data);
        return data;
    }
}
