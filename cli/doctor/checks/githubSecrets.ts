import type { VaultValue } from "../../../config/primitives.js";
import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";

const NAMES = {
    DOCKERHUB_USERNAME: "dockerhubUsername",
    DOCKERHUB_TOKEN: "dockerhubToken",
    WOODPECKER_TOKEN: "woodpeckerToken",
} as const;

interface Facts {
    readonly up: string;
    readonly repositories: readonly { readonly name: string; readonly updated: ReadonlyMap<string, Date> }[];
    /** When the value in Vault was written, by the name on GitHub; only those that come from Vault. */
    readonly changed: ReadonlyMap<string, Date>;
}

export const githubSecrets = makeCheck({
    name: "github-secrets",
    proves: "GitHub Actions has every secret, as new as Vault's",
    applies: ({ delivery }) => delivery?.apps.some(({ build }) => build === "github-actions") ?? false,
    read: async (world): Promise<Facts> => {
        const built = world.apps.filter(({ build }) => build === "github-actions");
        const names = [...new Set(built.map(({ repository }) => repository.fullName))];
        const github = await world.github();
        const sources = Object.entries(NAMES).flatMap(([name, credential]): [string, VaultValue][] => {
            const source = world.settings.credentials[credential];
            return typeof source === "object" ? [[name, source.vault]] : [];
        });
        const vault = await world.vault();
        const changed = await Promise.all(
            sources.map(async ([name, source]) => [name, await vault.changedAt(source)] as const),
        );
        const repositories = names.map(async (name) => ({
            name,
            updated: new Map(
                (
                    await github.pages<{ name: string; updated_at: string }>(
                        `repos/${name}/actions/secrets?per_page=100`,
                        100,
                        (answer) => (answer as { secrets: { name: string; updated_at: string }[] }).secrets,
                    )
                ).map((secret) => [secret.name, new Date(secret.updated_at)]),
            ),
        }));
        return {
            up: world.up,
            repositories: await Promise.all(repositories),
            changed: new Map(changed.flatMap(([name, date]) => (date ? [[name, date]] : []))),
        };
    },
    judge: ({ up, repositories, changed }: Facts) => ({
        looked: repositories.flatMap(({ name }) => Object.keys(NAMES).map((secret) => `${name} ${secret}`)),
        findings: repositories.flatMap(({ name, updated }) =>
            Object.keys(NAMES).flatMap((secret): Finding[] => {
                const written = updated.get(secret);
                if (!written) return [broken(name, `the Actions secret ${secret} is missing`, up)];
                const source = changed.get(secret);
                // GitHub's times are whole seconds.
                if (!source || source.getTime() < written.getTime() + 1000) return [];
                const since = source.toISOString().slice(0, 16);
                return [broken(name, `the Actions secret ${secret} is older than its value in Vault (${since})`, up)];
            }),
        ),
    }),
});
