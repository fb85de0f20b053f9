import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";

interface Registered {
    readonly id: number;
    readonly active: boolean;
    readonly allow_deploy: boolean;
}

interface Facts {
    readonly up: string;
    readonly stackFileKey: string;
    readonly repositories: readonly {
        readonly name: string;
        readonly expectedId?: number | undefined;
        readonly found?: Registered | undefined;
    }[];
}

export const woodpeckerRepositories = makeCheck({
    name: "woodpecker-repositories",
    proves: "repositories are active in Woodpecker, under the ids that are expected",
    applies: ({ woodpecker }) => woodpecker !== undefined,
    read: async (world): Promise<Facts> => {
        const woodpecker = await world.woodpecker();
        const { infra, registered } = world.settings;
        const expected = [
            ...world.apps.map(({ repository, woodpeckerId }) => ({
                name: repository.fullName,
                expectedId: woodpeckerId,
            })),
            ...(infra ? [{ name: infra.repository, expectedId: infra.woodpeckerId }] : []),
            ...Object.values(registered?.repositories ?? {}).map(({ repository, woodpeckerId }) => ({
                name: repository,
                expectedId: woodpeckerId,
            })),
        ];
        const unique = [...new Map(expected.map((each) => [each.name, each])).values()];
        return {
            up: world.up,
            stackFileKey: "woodpeckerId",
            repositories: await Promise.all(
                unique.map(async (each) => ({
                    ...each,
                    found: await woodpecker.find<Registered>(`repos/lookup/${each.name}`),
                })),
            ),
        };
    },
    judge: ({ up, stackFileKey, repositories }: Facts) => ({
        looked: repositories.map(({ name }) => name),
        findings: repositories.flatMap(({ name, expectedId, found }): Finding[] => {
            if (!found) return [broken(name, "is not registered, or the token's user may not see it", up)];
            if (!found.active) return [broken(name, "is not active: nothing is built or deployed", up)];
            if (expectedId !== undefined && expectedId !== found.id) {
                const words = `has the id ${found.id}, and the stack file says ${expectedId}`;
                return [broken(name, words, `set ${stackFileKey}: ${found.id} in the stack file, then ${up}`)];
            }
            return found.allow_deploy ? [] : [broken(name, "does not allow deployments", up)];
        }),
    }),
});
