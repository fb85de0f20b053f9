import { secretNames } from "../../../components/woodpecker/deploySteps.js";
import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";

interface Secret {
    readonly name: string;
    readonly events: readonly string[];
}

interface Facts {
    readonly up: string;
    readonly repositories: readonly {
        readonly name: string;
        /** Name and events of what its workflows ask for. */
        readonly wanted: readonly Secret[];
        readonly secrets: readonly Secret[];
    }[];
}

export const woodpeckerSecrets = makeCheck({
    name: "woodpecker-secrets",
    proves: "Woodpecker has every secret that workflows name, for their events",
    applies: ({ delivery }) => delivery !== undefined,
    read: async (world): Promise<Facts> => {
        const woodpecker = await world.woodpecker();
        const slack = world.settings.credentials.slackWebhook !== undefined;
        const names = [
            secretNames.registryUsername,
            secretNames.registryPassword,
            ...(slack ? [secretNames.slackWebhook] : []),
        ];
        const repositories = world.apps.map(async ({ repository, build }) => {
            const events = build === "woodpecker" ? ["push", "manual", "deployment"] : ["manual", "deployment"];
            const registered = await woodpecker.find<{ id: number }>(`repos/lookup/${repository.fullName}`);
            return {
                name: repository.fullName,
                wanted: registered ? names.map((name) => ({ name, events })) : [],
                secrets: registered
                    ? await woodpecker.pages<Secret>(`repos/${registered.id}/secrets?perPage=50`, 50)
                    : [],
            };
        });
        return { up: world.up, repositories: await Promise.all(repositories) };
    },
    judge: ({ up, repositories }: Facts) => ({
        looked: repositories.flatMap(({ name, wanted }) => wanted.map((secret) => `${name} ${secret.name}`)),
        findings: repositories.flatMap(({ name, wanted, secrets }) =>
            wanted.flatMap((secret): Finding[] => {
                const found = secrets.find((candidate) => candidate.name === secret.name);
                if (!found) return [broken(name, `the secret ${secret.name} is missing in Woodpecker`, up)];
                const missing = secret.events.filter((event) => !found.events.includes(event));
                if (missing.length === 0) return [];
                return [broken(name, `the secret ${secret.name} is not for ${missing.join(" and ")}`, up)];
            }),
        ),
    }),
});
