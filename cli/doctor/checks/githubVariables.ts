import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";

interface Facts {
    readonly up: string;
    readonly repositories: readonly {
        readonly name: string;
        readonly variables: Readonly<Record<string, string>>;
        readonly expected: Readonly<Record<string, string>>;
    }[];
}

export const githubVariables = makeCheck({
    name: "github-variables",
    proves: "builds on GitHub know Woodpecker's address and their repository's id there",
    applies: ({ delivery }) => delivery?.apps.some(({ build }) => build === "github-actions") ?? false,
    read: async (world): Promise<Facts> => {
        const built = world.apps.filter(({ build }) => build === "github-actions");
        const [github, woodpecker] = await Promise.all([world.github(), world.woodpecker()]);
        const repositories = [...new Set(built.map(({ repository }) => repository.fullName))].map(async (name) => {
            const list = await github.get<{ variables: { name: string; value: string }[] }>(
                `repos/${name}/actions/variables?per_page=30`,
            );
            const registered = await woodpecker.find<{ id: number }>(`repos/lookup/${name}`);
            return {
                name,
                variables: Object.fromEntries(list.variables.map((variable) => [variable.name, variable.value])),
                expected: {
                    WOODPECKER_URL: world.settings.woodpecker?.url ?? "",
                    ...(registered && { WOODPECKER_REPO_ID: String(registered.id) }),
                },
            };
        });
        return { up: world.up, repositories: await Promise.all(repositories) };
    },
    judge: ({ up, repositories }: Facts) => ({
        looked: repositories.flatMap(({ name, expected }) => Object.keys(expected).map((key) => `${name} ${key}`)),
        findings: repositories.flatMap(({ name, variables, expected }) =>
            Object.entries(expected).flatMap(([key, value]): Finding[] => {
                const found = variables[key];
                if (found === value) return [];
                const words = found === undefined ? "is missing" : `is ${found}, and should be ${value}`;
                return [broken(name, `the Actions variable ${key} ${words}`, up)];
            }),
        ),
    }),
});
