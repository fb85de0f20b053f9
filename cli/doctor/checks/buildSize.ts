import { makeCheck } from "../check.js";
import { broken, type Finding, warning } from "../finding.js";

interface Facts {
    readonly up: string;
    readonly repositories: readonly { readonly app: string; readonly name: string; readonly kibibytes: number }[];
}

const GIB = 2 ** 20;
/** A hosted runner has some 14 GB of free disk: the checkout with its history, the build's context and the image must fit. */
const TOO_BIG = 5 * GIB;
const SOON = 3 * GIB;

export const buildSize = makeCheck({
    name: "build-size",
    proves: "repositories are small enough to be built on GitHub",
    applies: ({ delivery }) => delivery?.apps.some(({ build }) => build === "github-actions") ?? false,
    read: async (world): Promise<Facts> => {
        const github = await world.github();
        const built = world.apps.filter(({ build }) => build === "github-actions");
        const repositories = built.map(async ({ name: app, repository }) => {
            const found = await github.get<{ size?: number }>(`repos/${repository.fullName}`);
            return { app, name: repository.fullName, kibibytes: found.size ?? 0 };
        });
        return { up: world.up, repositories: await Promise.all(repositories) };
    },
    judge: ({ up, repositories }: Facts) => ({
        looked: repositories.map(({ name }) => name),
        findings: repositories.flatMap(({ app, name, kibibytes }): Finding[] => {
            const mend = `set build: woodpecker in cicd:apps.${app}, then ${up}`;
            const size = `${(kibibytes / GIB).toFixed(1)} GiB`;
            if (kibibytes > TOO_BIG) return [broken(name, `has ${size}: too big for a build on GitHub`, mend)];
            if (kibibytes > SOON) return [warning(name, `has ${size}: soon too big for a build on GitHub`, mend)];
            return [];
        }),
    }),
});
