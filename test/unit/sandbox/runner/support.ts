import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type RunOptions, type RunResult, runWorkflow } from "../../../../sandbox/runner/runWorkflow.js";

export const SHA = "0123456789abcdef0123456789abcdef01234567";
const PATH = ".github/workflows/build.yml";

export interface Given {
    readonly workflow: string;
    readonly files?: Readonly<Record<string, string>>;
    readonly message?: string;
    readonly options?: Partial<RunOptions>;
}

/** Runs a workflow from a repository that exists only for this call. */
export async function run({ workflow, files = {}, message = "Change", options = {} }: Given): Promise<RunResult> {
    const content: Record<string, string> = { ...files, [PATH]: workflow };
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const server = createServer((request, response) => {
        const { pathname } = new URL(request.url ?? "/", "http://localhost");
        const below = pathname.replace(/^\/api\/v3\/repos\/acme\/website\//, "");
        const file = /^contents\/(.*)$/.exec(below)?.[1] ?? /^git\/blobs\/(.*)$/.exec(below)?.[1];
        const tree = Object.keys(content).map((path) => ({ path, type: "blob", sha: path, mode: "100644" }));
        const answers: Record<string, unknown> = {
            [`commits/${SHA}`]: { commit: { message }, files: Object.keys(content).map((filename) => ({ filename })) },
            [`git/trees/${SHA}`]: { tree },
        };
        const answer = file ? { content: base64(content[decodeURIComponent(file)] ?? "") } : answers[below];
        response.writeHead(answer ? 200 : 404).end(JSON.stringify(answer ?? {}));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
        return await runWorkflow({
            apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`,
            token: "runner-token",
            repository: "acme/website",
            sha: SHA,
            workflow: PATH,
            secrets: {},
            variables: {},
            buildAndPush: async () => undefined,
            ...options,
        });
    } finally {
        await new Promise((resolve) => server.close(resolve));
    }
}

/** One job of the steps given. */
export const oneJob = (steps: string): string =>
    `on: push\njobs:\n  it:\n    runs-on: ubuntu-latest\n    steps:\n${steps}`;

/** Conclusion and log of each step of the first job. */
export const stepsOf = (result: RunResult): readonly (readonly [string, string])[] =>
    (result.jobs[0]?.steps ?? []).map((step) => [step.conclusion, step.log]);
