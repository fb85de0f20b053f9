import { wantedFromVault } from "../../../components/vault/credentials.js";
import { ownSources } from "../../../config/secretSync.js";
import type { Settings } from "../../../config/settings.js";
import { makeCheck } from "../check.js";
import { broken } from "../finding.js";

/** A value that the settings name. */
interface Value {
    readonly mount: string;
    readonly path: string;
    readonly key: string;
    /** What names it. */
    readonly wantedBy: string;
    readonly isThere: boolean;
    /** Whether there is a secret at the path at all. */
    readonly hasPath: boolean;
}

export const vaultSecrets = makeCheck({
    name: "vault-secrets",
    proves: "Vault holds every value that the stack file names",
    applies: ({ vault }) => vault !== undefined,
    read: async (world): Promise<Value[]> => {
        const vault = await world.vault();
        return Promise.all(
            wanted(world.settings).map(async ({ key: wantedBy, source: { path, key } }) => {
                const secret = await vault.secret(path);
                const value = secret?.[key];
                const isThere = value !== undefined && value !== null && value !== "";
                return { mount: vault.mount, path, key, wantedBy, isThere, hasPath: secret !== undefined };
            }),
        );
    },
    judge: (values: readonly Value[]) => ({
        looked: values.map(({ mount, path, key }) => `${mount}/${path}#${key}`),
        findings: values
            .filter(({ isThere }) => !isThere)
            .map(({ mount, path, key, wantedBy, hasPath }) =>
                broken(
                    `${mount}/${path}`,
                    hasPath
                        ? `nothing under "${key}", which ${wantedBy} names`
                        : `there is no such secret, which ${wantedBy} names`,
                    `vault kv ${hasPath ? "patch" : "put"} -mount=${mount} ${path} ${key}=-`,
                ),
            ),
    }),
});

function wanted(settings: Settings) {
    const { secretSync } = settings;
    const own = secretSync ? ownSources(secretSync) : [];
    return [...wantedFromVault(settings), ...own.map((source) => ({ key: "cicd:secretSync", source }))];
}
