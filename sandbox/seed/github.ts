import type { Seed, SeedRepository } from "../doubles/github/seed.js";

/** The accounts of the emulated GitHub; their tokens are worth nothing outside of this machine. */
export const accounts = {
    /** Administers the organisation: who runs `pulumi up`. */
    admin: { login: "ci-admin", token: "ghp_admin_sandbox" },
    /** May push to the repositories: what pipelines act as. */
    bot: { login: "ci-bot", token: "ghp_bot_sandbox" },
} as const;

export const organisation = "acme";
/** Woodpecker's registration as an OAuth application. */
export const woodpeckerOauth = { clientId: "woodpecker-sandbox", clientSecret: "woodpecker-sandbox-secret" } as const;

const repositories = ["website", "shop", "travel-blog", "infra"];

/** What exists on GitHub before the program is run for the first time. */
export function githubSeed(woodpeckerUrl: string): Seed {
    const { admin, bot } = accounts;
    return {
        tokens: {
            [admin.token]: { login: admin.login, scopes: ["repo", "workflow", "admin:org"] },
            [bot.token]: { login: bot.login, scopes: ["repo", "workflow"] },
        },
        github: {
            users: [admin, bot].map(({ login }) => ({ login, name: login, email: `${login}@sandbox.test` })),
            orgs: [{ login: organisation, name: organisation, members: [{ login: admin.login, role: "admin" }] }],
            repos: repositories.map(
                (name): SeedRepository => ({
                    owner: organisation,
                    name,
                    private: false,
                    auto_init: true,
                    default_branch: "main",
                    collaborators: { [bot.login]: "push" },
                }),
            ),
            oauth_apps: [
                {
                    client_id: woodpeckerOauth.clientId,
                    client_secret: woodpeckerOauth.clientSecret,
                    name: "Woodpecker",
                    redirect_uris: [`${woodpeckerUrl}/authorize`],
                },
            ],
        },
    };
}
