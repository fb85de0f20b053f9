import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";

interface Pipeline {
    readonly number: number;
    readonly status: string;
    readonly event: string;
    readonly variables?: Readonly<Record<string, string>>;
    readonly errors?: readonly { readonly message: string; readonly is_warning?: boolean }[] | null;
    /** Seconds since the epoch. */
    readonly created: number;
}

interface Facts {
    readonly repositories: readonly {
        readonly app: string;
        readonly page: string;
        /** The newest that is over and that deploys the application, or that could not even be read. */
        readonly last?: Pipeline | undefined;
    }[];
}

const UNDER_WAY = ["pending", "running", "created", "started", "blocked"];

export const lastDeploys = makeCheck({
    name: "last-deploys",
    proves: "the last deploy of each application succeeded",
    applies: ({ delivery }) => delivery !== undefined,
    read: async (world): Promise<Facts> => {
        const woodpecker = await world.woodpecker();
        const repositories = world.apps.map(async ({ name, build, repository }) => {
            const found = await woodpecker.find<{ id: number; active: boolean }>(`repos/lookup/${repository.fullName}`);
            const page = `${world.settings.woodpecker?.url}/repos/${found?.id}`;
            if (!found?.active) return { app: name, page };
            const pipelines = await woodpecker.get<Pipeline[]>(`repos/${found.id}/pipelines?perPage=50`);
            const last = pipelines.find(
                ({ status, event, variables }) =>
                    !UNDER_WAY.includes(status) &&
                    (variables?.DEPLOY_APP === name ||
                        event === "deployment" ||
                        (build === "woodpecker" && event === "push") ||
                        (status === "error" && variables?.DEPLOY_APP === undefined)),
            );
            return { app: name, page, last };
        });
        return { repositories: await Promise.all(repositories) };
    },
    judge: ({ repositories }: Facts) => ({
        looked: repositories.map(({ app }) => app),
        findings: repositories.flatMap(({ app, page, last }): Finding[] => {
            if (!last || last.status === "success") return [];
            const messages = (last.errors ?? []).filter((each) => !each.is_warning).map(({ message }) => message);
            const tag = last.variables?.IMAGE_TAG;
            const what = `pipeline ${last.number}${tag ? ` (${tag})` : ""} ended with ${last.status}`;
            const words = messages.length > 0 ? `${what}: ${messages.join("; ")}` : what;
            return [broken(app, words, `open ${page}/pipeline/${last.number}`)];
        }),
    }),
});
