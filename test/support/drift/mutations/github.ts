import { github } from "../../servers.js";
import type { Mutation } from "./mutation.js";

const sealedValue = async (repository: string) => {
    const { key, key_id } = await github.api("GET", `/repos/${repository}/actions/secrets/public-key`);
    const { default: sodium } = await import("libsodium-wrappers");
    await sodium.ready;
    const sealed = sodium.crypto_box_seal(Buffer.from("overwritten"), Buffer.from(String(key), "base64"));
    return { encrypted_value: Buffer.from(sealed).toString("base64"), key_id };
};

export const onGitHub: readonly Mutation[] = [
    ...(["acme/website", "acme/shop"] as const).flatMap((repository): Mutation[] => {
        const short = repository.split("/")[1] ?? "";
        return [
            {
                system: "GitHub",
                what: `a pipeline file edited (${repository})`,
                where: new RegExp(`RepositoryFile ${short}-github-\\.woodpecker/deploy\\.yml`),
                make: () => github.writeFile(repository, ".woodpecker/deploy.yml", "steps: []\n"),
            },
            {
                system: "GitHub",
                what: `a variable changed (${repository})`,
                where: new RegExp(`ActionsVariable ${short}.*WOODPECKER_URL`),
                make: () =>
                    github.api("PATCH", `/repos/${repository}/actions/variables/WOODPECKER_URL`, {
                        name: "WOODPECKER_URL",
                        value: "http://evil.test",
                    }),
            },
            {
                system: "GitHub",
                what: `a secret deleted (${repository})`,
                where: new RegExp(`ActionsSecret ${short}.*WOODPECKER_TOKEN`),
                make: () => github.api("DELETE", `/repos/${repository}/actions/secrets/WOODPECKER_TOKEN`),
            },
            {
                system: "GitHub",
                what: `a secret overwritten (${repository})`,
                where: new RegExp(`Actions secret ${short}/DOCKERHUB_TOKEN`),
                make: async () =>
                    github.api(
                        "PUT",
                        `/repos/${repository}/actions/secrets/DOCKERHUB_TOKEN`,
                        await sealedValue(repository),
                    ),
                // The next up makes it again; to replace it would delete what was just written.
                undo: () => github.api("DELETE", `/repos/${repository}/actions/secrets/DOCKERHUB_TOKEN`),
            },
            {
                system: "GitHub",
                what: `a pipeline file added (${repository})`,
                where: new RegExp(`file ${short}/\\.woodpecker/stray\\.yml`),
                make: () =>
                    github.api("PUT", `/repos/${repository}/contents/.woodpecker/stray.yml`, {
                        message: "Add a pipeline [skip ci]",
                        content: Buffer.from("when: {event: release}\nsteps: []\n").toString("base64"),
                    }),
                undo: async () => {
                    const { sha } = await github.api("GET", `/repos/${repository}/contents/.woodpecker/stray.yml`);
                    await github.api("DELETE", `/repos/${repository}/contents/.woodpecker/stray.yml`, {
                        message: "Remove it [skip ci]",
                        sha,
                    });
                },
            },
        ];
    }),
    {
        system: "GitHub",
        what: "a hook to elsewhere added",
        where: /hook \d+ of travel-blog/,
        make: () =>
            github.api("POST", "/repos/acme/travel-blog/hooks", {
                name: "web",
                active: false,
                events: ["push"],
                config: { url: "http://127.0.0.1:9/evil" },
            }),
        undo: async () => {
            const hooks = (await github.api("GET", "/repos/acme/travel-blog/hooks")) as unknown as {
                id: number;
                config: { url: string };
            }[];
            for (const { id } of hooks.filter(({ config }) => config.url.endsWith("/evil"))) {
                await github.api("DELETE", `/repos/acme/travel-blog/hooks/${id}`);
            }
        },
    },
    {
        system: "GitHub",
        what: "a pipeline file deleted",
        where: /RepositoryFile travel-blog-github-\.woodpecker\/deploy\.yml/,
        make: async () => {
            const { sha } = await github.api("GET", "/repos/acme/travel-blog/contents/.woodpecker/deploy.yml");
            await github.api("DELETE", "/repos/acme/travel-blog/contents/.woodpecker/deploy.yml", {
                message: "Remove it [skip ci]",
                sha,
            });
        },
    },
];
