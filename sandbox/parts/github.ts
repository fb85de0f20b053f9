import { join } from "node:path";
import { stringify } from "yaml";
import { writeAtomically } from "../lib/files.js";
import { request } from "../lib/http.js";
import { double } from "../lib/origin.js";
import type { Part, PartContext } from "../lib/part.js";
import { accounts, githubSeed } from "../seed/github.js";

/** The double of GitHub, with the organisation's repositories. */
export const github: Part = {
    name: "github",
    needs: [],
    programs: [],
    origin: async () => ({ ...double, from: "the emulate package behind a front of our own" }),
    async start(context) {
        const seed = join(context.directory, "seed.yaml");
        writeAtomically(seed, stringify(githubSeed(`http://127.0.0.1:${context.port("woodpecker")}`)), 0o600);
        await context.spawn({
            name: "github",
            command: context.node,
            args: [
                join(context.stateDirectory, "build/github.cjs"),
                ...["--port", String(context.port("github"))],
                ...["--seed", seed],
                ...["--log", join(context.stateDirectory, "logs/github-requests.log")],
                ...["--state", join(context.directory, "state.json")],
            ],
            inputs: [seed],
        });
        await context.waitUntil("the double of GitHub", () => request(`${githubUrl(context)}/_sandbox/health`), {
            processName: "github",
        });
        context.values.set("GITHUB_TOKEN", accounts.admin.token);
    },
    stop: (context) => context.stop("github"),
};

/** Its root; REST is below `/api/v3`, as on GitHub Enterprise Server. */
export function githubUrl(context: PartContext): string {
    return `http://127.0.0.1:${context.port("github")}`;
}
