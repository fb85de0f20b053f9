import { makeCheck } from "../check.js";
import { broken, type Finding, warning } from "../finding.js";

interface Hook {
    readonly id: number;
    readonly active: boolean;
    readonly url: string;
    /** Status of each delivery that is still known, newest first. */
    readonly deliveries: readonly { readonly status: string; readonly code: number; readonly at: string }[];
}

interface Facts {
    readonly api: string;
    /** Woodpecker's address. */
    readonly woodpecker: string;
    readonly repositories: readonly {
        readonly name: string;
        readonly woodpeckerId?: number | undefined;
        /** Those that lead to Woodpecker. */
        readonly hooks: readonly Hook[];
    }[];
}

export const githubHooks = makeCheck({
    name: "github-hooks",
    proves: "GitHub's webhooks reach Woodpecker",
    applies: ({ delivery, registered, infra }) => (delivery ?? registered ?? infra) !== undefined,
    read: async (world): Promise<Facts> => {
        const [github, woodpecker] = await Promise.all([world.github(), world.woodpecker()]);
        const { url = "" } = world.settings.woodpecker ?? {};
        const { host } = new URL(url);
        const names = [...new Set(world.apps.map(({ repository }) => repository.fullName))];
        const repositories = names.map(async (name) => {
            const hooks = await github.pages<{ id: number; active: boolean; config: { url: string } }>(
                `repos/${name}/hooks?per_page=100`,
                100,
            );
            const own = hooks.filter(({ config }) => URL.canParse(config.url) && new URL(config.url).host === host);
            const woodpeckerId = (await woodpecker.find<{ id: number }>(`repos/lookup/${name}`))?.id;
            return {
                name,
                woodpeckerId,
                hooks: await Promise.all(
                    own.map(async ({ id, active, config }) => {
                        const list = await github.get<{ status: string; status_code: number; delivered_at: string }[]>(
                            `repos/${name}/hooks/${id}/deliveries?per_page=20`,
                        );
                        const deliveries = list.map((d) => ({
                            status: d.status,
                            code: d.status_code,
                            at: d.delivered_at,
                        }));
                        return { id, active, url: config.url.split("?")[0] ?? "", deliveries };
                    }),
                ),
            };
        });
        return { api: github.options.url.href, woodpecker: url, repositories: await Promise.all(repositories) };
    },
    judge: ({ api, woodpecker, repositories }: Facts) => ({
        looked: repositories.map(({ name }) => name),
        findings: repositories.flatMap(({ name, woodpeckerId, hooks }): Finding[] => {
            const repair = `curl -sS -X POST -H "Authorization: Bearer $WOODPECKER_TOKEN" ${woodpecker}/api/repos/${woodpeckerId}/repair`;
            if (hooks.length === 0) return [broken(name, "has no webhook to Woodpecker: pushes start nothing", repair)];
            if (hooks.length > 1) {
                return [
                    warning(
                        name,
                        `has ${hooks.length} webhooks to Woodpecker: a push starts as many pipelines`,
                        repair,
                    ),
                ];
            }
            return hooks.flatMap((hook) => judgeHook(name, hook, api));
        }),
    }),
});

function judgeHook(name: string, { id, active, url, deliveries }: Hook, api: string): Finding[] {
    const hook = `${api}repos/${name}/hooks/${id}`;
    const withToken = 'curl -sS -H "Authorization: Bearer $GITHUB_TOKEN"';
    if (!active) {
        return [broken(name, "the webhook is switched off", `${withToken} -X PATCH -d '{"active":true}' ${hook}`)];
    }
    const [last] = deliveries;
    if (!last || (last.code >= 200 && last.code < 300)) return [];
    const failed = deliveries.findIndex(({ code }) => code >= 200 && code < 300);
    const many = failed < 0 ? deliveries.length : failed;
    const words =
        last.status.includes(String(last.code)) || last.code === 0 ? last.status : `${last.code} ${last.status}`;
    const found = `the last ${many === 1 ? "delivery" : `${many} deliveries`} to ${url} failed: ${words} (${last.at})`;
    return [broken(name, found, `${withToken} -X POST ${hook}/pings`)];
}
