import { woodpecker } from "../../servers.js";
import type { Mutation } from "./mutation.js";

const secretsOf = async (repository: string) => `/repos/${await woodpecker.idOf(repository)}`;

export const inWoodpecker: readonly Mutation[] = [
    {
        system: "Woodpecker",
        what: "a declared setting changed",
        where: /website.*Repository|Repository .*website/i,
        at: /timeout/,
        make: async () => woodpecker.api("PATCH", await secretsOf("acme/website"), { timeout: 7 }),
    },
    {
        system: "Woodpecker",
        what: "steps trusted with volumes",
        where: /repository acme\/website/,
        at: /trusted/,
        make: async () => woodpecker.api("PATCH", await secretsOf("acme/website"), { trusted: { volumes: true } }),
        undo: async () => woodpecker.api("PATCH", await secretsOf("acme/website"), { trusted: { volumes: false } }),
    },
    {
        system: "Woodpecker",
        what: "the pipelines taken from elsewhere",
        where: /repository acme\/shop/,
        at: /configFile/,
        make: async () => woodpecker.api("PATCH", await secretsOf("acme/shop"), { config_file: ".evil/" }),
        undo: async () => woodpecker.api("PATCH", await secretsOf("acme/shop"), { config_file: "" }),
    },
    {
        system: "Woodpecker",
        what: "pull requests switched off",
        where: /repository acme\/travel-blog/,
        at: /allowPullRequests/,
        make: async () => woodpecker.api("PATCH", await secretsOf("acme/travel-blog"), { allow_pr: false }),
        undo: async () => woodpecker.api("PATCH", await secretsOf("acme/travel-blog"), { allow_pr: true }),
    },
    ...(["acme/website", "acme/shop"] as const).flatMap((repository): Mutation[] => [
        {
            system: "Woodpecker",
            what: `a secret deleted (${repository})`,
            where: new RegExp(`${repository.split("/")[1]}.*slack_webhook`),
            make: async () => woodpecker.api("DELETE", `${await secretsOf(repository)}/secrets/slack_webhook`),
        },
        {
            system: "Woodpecker",
            what: `a secret added (${repository})`,
            where: new RegExp(`secret drift_stray of ${repository}`),
            make: async () =>
                woodpecker.api("POST", `${await secretsOf(repository)}/secrets`, {
                    name: "drift_stray",
                    value: "x",
                    events: ["push"],
                }),
            undo: async () => woodpecker.api("DELETE", `${await secretsOf(repository)}/secrets/drift_stray`),
        },
    ]),
    {
        system: "Woodpecker",
        what: "the events of a secret widened",
        where: /website.*(docker|registry)/i,
        at: /events/,
        make: async () => {
            const at = `${await secretsOf("acme/website")}/secrets`;
            const name = await registrySecret(at);
            return woodpecker.api("PATCH", `${at}/${name}`, {
                events: ["push", "manual", "deployment", "pull_request"],
            });
        },
    },
    {
        system: "Woodpecker",
        what: "a cron added",
        where: /cron drift-stray of acme\/website/,
        make: async () =>
            woodpecker.api("POST", `${await secretsOf("acme/website")}/cron`, {
                name: "drift-stray",
                schedule: "@daily",
                branch: "main",
            }),
        undo: async () => {
            const at = `${await secretsOf("acme/website")}/cron`;
            const crons = (await woodpecker.api("GET", at)) as unknown as { id: number; name: string }[];
            for (const { id } of crons.filter(({ name }) => name === "drift-stray"))
                await woodpecker.api("DELETE", `${at}/${id}`);
        },
    },
];

/** One of the two secrets with the registry's login. */
async function registrySecret(at: string): Promise<string> {
    const secrets = (await woodpecker.api("GET", at)) as unknown as { name: string }[];
    return secrets.find(({ name }) => /docker|registry/i.test(name))?.name ?? "";
}
