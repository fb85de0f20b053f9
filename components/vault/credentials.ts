import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";
import { credentialSources } from "../../config/credentialSync.js";
import type { Credentials as Sources } from "../../config/credentials.js";
import { infraSources } from "../../config/infra.js";
import { nodeSources } from "../../config/nodes.js";
import type { VaultValue } from "../../config/primitives.js";
import { registrySources } from "../../config/registry.js";
import type { Settings } from "../../config/settings.js";

type SecretData = Readonly<Record<string, string | undefined>>;

/** The one place where a credential becomes a value, and where it is marked secret. */
export class Credentials {
    private constructor(
        private readonly sources: Sources,
        private readonly secrets: ReadonlyMap<string, SecretData>,
    ) {}

    /**
     * Reads everything the settings take from Vault, before anything is declared that needs it.
     *
     * @throws pulumi.RunError with one line for each secret that cannot be had
     */
    static async read(settings: Settings, provider?: vault.Provider): Promise<Credentials> {
        const wanted = wantedFromVault(settings);
        const secrets = new Map<string, SecretData>();
        const problems: string[] = [];
        for (const path of new Set(wanted.map(({ source }) => source.path))) {
            const mount = settings.vault?.mounts.kv ?? "";
            const keys = wanted.filter(({ source }) => source.path === path);
            try {
                const { data } = await vault.kv.getSecretV2({ mount, name: path }, { provider });
                secrets.set(path, data);
                problems.push(...keys.filter(({ source }) => !data[source.key]).map((k) => missing(mount, k, data)));
            } catch (error) {
                problems.push(`${mount}/${path} (for ${keys.map(({ key }) => key).join(", ")}): ${reason(error)}`);
            }
        }
        if (problems.length > 0) throw new pulumi.RunError(report(settings.vault?.address, problems));
        return new Credentials(settings.credentials, secrets);
    }

    /** Paths of the secrets that were read, below the KV mount. */
    get paths(): readonly string[] {
        return [...this.secrets.keys()];
    }

    /** The credential, or nothing where the settings have no source for it. */
    find(name: keyof Sources): pulumi.Output<string> | undefined {
        const source = this.sources[name];
        if (source === undefined) return undefined;
        return typeof source === "string" ? pulumi.secret(source) : this.value(source.vault);
    }

    /** @throws Error where the settings have no source for it; they are checked against what the applications need. */
    get(name: keyof Sources): pulumi.Output<string> {
        const credential = this.find(name);
        if (!credential) throw new Error(`cicd:credentials.${name} is missing`);
        return credential;
    }

    /** Login of the registry that the applications' images are in, for questions the program asks itself. */
    registryLogin(): { readonly username: string; readonly password: string } | undefined {
        const username = this.#plain("dockerhubUsername");
        const password = this.#plain("dockerhubToken");
        return username && password ? { username, password } : undefined;
    }

    #plain(name: keyof Sources): string | undefined {
        const source = this.sources[name];
        return typeof source === "object" ? this.secrets.get(source.vault.path)?.[source.vault.key] : source;
    }

    /** One key of one secret that the settings name. */
    value({ path, key }: VaultValue): pulumi.Output<string> {
        // The invoke does not mark what it returns as secret, so it would stand in the state in clear.
        return pulumi.secret(this.secrets.get(path)?.[key] ?? "");
    }
}

/** A value that the settings take from Vault. */
export interface Wanted {
    /** Where the settings ask for it. */
    readonly key: string;
    readonly source: VaultValue;
}

/** Every value that the program itself reads in Vault. */
export function wantedFromVault(all: Settings): Wanted[] {
    const { credentials, vault: settings, integrityProbe, credentialSync, infra, registry, nodes } = all;
    const { ca, reviewer } = settings?.kubernetes ?? {};
    return [
        ...Object.entries(credentials).flatMap(([name, source]) =>
            typeof source === "object" ? [{ key: `cicd:credentials.${name}`, source: source.vault }] : [],
        ),
        ...Object.entries({ ca, reviewer }).flatMap(([name, source]) =>
            source && !settings?.adoptMounts ? [{ key: `cicd:vault.kubernetes.${name}`, source }] : [],
        ),
        ...(infra ? infraSources(infra) : []).map(([key, source]) => ({ key, source })),
        ...(registry ? registrySources(registry) : []),
        ...(credentialSync ? credentialSources(credentialSync) : []).map(([key, source]) => ({ key, source })),
        ...(nodes ? nodeSources(nodes) : []).map(([key, source]) => ({ key, source })),
        ...Object.entries(integrityProbe?.login ?? {}).map(([name, source]) => ({
            key: `cicd:integrityProbe.login.${name}`,
            source,
        })),
    ];
}

function missing(mount: string, { key, source }: Wanted, data: SecretData): string {
    const keys = Object.keys(data).sort().join(", ") || "none";
    return `${mount}/${source.path} (for ${key}): nothing under "${source.key}"; its keys are ${keys}`;
}

/** What Vault or its provider said, without the engine's words around it. */
function reason(error: unknown): string {
    const text = error instanceof Error ? error.message : String(error);
    return text.replace(/^invocation of \S+ returned an error: /, "").replace(/\s+/g, " ") || "cannot be read";
}

function report(address: string | undefined, problems: readonly string[]): string {
    return [
        `Credentials cannot be read from Vault at ${address}:`,
        ...problems.map((problem) => `  ${problem}`),
        "See that Vault is up and unsealed and that VAULT_TOKEN may read these paths; put what is missing there with: vault kv put",
    ].join("\n");
}
