import { makeCheck } from "../check.js";
import { broken, type Finding, warning } from "../finding.js";
import { Refusal } from "../servers/jsonServer.js";

interface Facts {
    /** Where the token is in Vault. */
    readonly source: string;
    readonly renew: string;
    readonly url: string;
    /** Undefined: the token is not accepted. */
    readonly user?: { readonly login: string; readonly admin?: boolean } | undefined;
    /** Repositories it triggers deploys of, and whether it may. */
    readonly repositories: readonly { readonly name: string; readonly push: boolean }[];
}

export const woodpeckerToken = makeCheck({
    name: "woodpecker-token",
    proves: "the token that GitHub Actions has may start deploys, and no more",
    applies: ({ delivery, credentials }) => delivery !== undefined && typeof credentials.woodpeckerToken === "object",
    read: async (world): Promise<Facts> => {
        const { woodpeckerToken: source } = world.settings.credentials;
        const [vault, own] = await Promise.all([world.vault(), world.woodpecker()]);
        const where = typeof source === "object" ? source.vault : { path: "", key: "" };
        const asCi = world.woodpeckerAs((await vault.value(where)) ?? "none");
        const facts = {
            source: `${vault.mount}/${where.path}`,
            renew: `vault kv patch -mount=${vault.mount} ${where.path} ${where.key}=- && ${world.up}`,
            url: world.settings.woodpecker?.url ?? "",
        };
        let user: Facts["user"];
        try {
            user = await asCi.get<{ login: string; admin?: boolean }>("user");
        } catch (error) {
            if (error instanceof Refusal && error.status === 401) return { ...facts, repositories: [] };
            throw error;
        }
        const built = world.apps.filter(({ build }) => build === "github-actions");
        const names = [...new Set(built.map(({ repository }) => repository.fullName))];
        const repositories = names.map(async (name) => {
            const found = await own.find<{ id: number }>(`repos/lookup/${name}`);
            if (!found) return [];
            const rights = await asCi.find<{ push: boolean }>(`repos/${found.id}/permissions`);
            return [{ name, push: rights?.push ?? false }];
        });
        return { ...facts, user, repositories: (await Promise.all(repositories)).flat() };
    },
    judge: ({ source, renew, url, user, repositories }: Facts) => {
        const looked = [source, ...repositories.map(({ name }) => name)];
        if (!user) {
            const found = `Woodpecker does not accept it (401): no build can deploy; a new one: ${url}/user/cli-and-api`;
            return { looked, findings: [broken(source, found, renew)] };
        }
        const denied = repositories.filter(({ push }) => !push);
        const findings: Finding[] = denied.map(({ name }) =>
            broken(
                name,
                `the token's user ${user.login} has no push there: its builds end with 404`,
                `gh api -X PUT repos/${name}/collaborators/${user.login} -f permission=push`,
            ),
        );
        if (user.admin) {
            const found = `is the token of ${user.login}, an administrator: a leak on GitHub costs all of Woodpecker`;
            findings.push(warning(source, found, renew));
        }
        return { looked, findings };
    },
});
