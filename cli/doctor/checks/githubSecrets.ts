import type { VaultValue } from "../../../config/primitives.js";
import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";
import type { ValueVersion } from "../servers/vaultReader.js";

const NAMES = {
    DOCKERHUB_USERNAME: "dockerhubUsername",
    DOCKERHUB_TOKEN: "dockerhubToken",
    WOODPECKER_TOKEN: "woodpeckerToken",
} as const;

interface Facts {
    readonly up: string;
    readonly repositories: readonly { readonly name: string; readonly updated: ReadonlyMap<string, Date> }[];
    /** What the value in Vault is and was, by the name on GitHub; only those that come from Vault. */
    readonly histories: ReadonlyMap<string, readonly ValueVersion[]>;
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
        const histories = await Promise.all(
            sources.map(async ([name, source]) => [name, await vault.history(source)] as const),
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
            histories: new Map(histories),
        };
    },
    judge: ({ up, repositories, histories }: Facts) => ({
        looked: repositories.flatMap(({ name }) => Object.keys(NAMES).map((secret) => `${name} ${secret}`)),
        findings: repositories.flatMap(({ name, updated }) =>
            Object.keys(NAMES).flatMap((secret): Finding[] => {
                const written = updated.get(secret);
                if (!written) return [broken(name, `the Actions secret ${secret} is missing`, up)];
                const since = changedSince(written, histories.get(secret) ?? [])
                    ?.toISOString()
                    .slice(0, 16);
                if (!since) return [];
                return [broken(name, `the Actions secret ${secret} is older than its value in Vault (${since})`, up)];
            }),
        ),
    }),
});

/** When Vault got the value of now, if it had another one when the secret was written; there and back is no change. */
function changedSince(written: Date, history: readonly ValueVersion[]): Date | undefined {
    // GitHub's times are whole seconds.
    const then = history.find((version) => version.written.getTime() < written.getTime() + 1000);
    if (then?.isCurrent) return undefined;
    const other = history.findIndex(({ isCurrent }) => !isCurrent);
    return history.at(other <= 0 ? -1 : other - 1)?.written;
}
