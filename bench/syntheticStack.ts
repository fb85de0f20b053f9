import type { StackFile } from "../test/sandbox/prod/servers.js";

export const STACK = "bench";

/** So many applications of one image and one Deployment each, in a repository and a namespace of its own. */
export function stackOf(apps: number): StackFile {
    const vault = (key: string) => ({ vault: { path: "ci/bench", key } });
    const named = (index: number) => `app-${index}`;
    return {
        config: {
            "cicd:github": { owner: "acme", defaultBranch: "main" },
            "cicd:woodpecker": { url: "" },
            "cicd:vault": { address: "", adoptMounts: true },
            "cicd:credentials": {
                dockerhubUsername: vault("username"),
                dockerhubToken: vault("token"),
                woodpeckerToken: vault("woodpecker"),
                slackWebhook: vault("slack"),
            },
            "cicd:apps": Object.fromEntries(
                Array.from({ length: apps }, (_, index) => [
                    named(index),
                    {
                        repository: `acme/${named(index)}`,
                        images: [{ name: `acme/${named(index)}` }],
                        deployments: [{ namespace: named(index), deployment: "web", container: "web" }],
                    },
                ]),
            ),
        },
    };
}

/** The numbers of an option such as `--apps=1,11`. */
export function sizesOf(name: string, otherwise: number[]): number[] {
    const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
    return given
        ? given
              .slice(name.length + 3)
              .split(",")
              .filter(Boolean)
              .map(Number)
        : otherwise;
}
