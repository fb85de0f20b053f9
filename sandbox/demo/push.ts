import { setTimeout as sleep } from "node:timers/promises";
import { buildAndPush } from "../lib/builder.js";
import { UserError } from "../lib/errors.js";
import { requestJson } from "../lib/http.js";
import { run } from "../lib/run.js";
import { runWorkflow } from "../runner/runWorkflow.js";
import { accounts } from "../seed/github.js";
import { type DemoApp, demoApps } from "./apps.js";
import { Repository } from "./repository.js";

const workflowPath = ".github/workflows/build-and-deploy.yml";
/** Images are tagged with as many characters of the commit's SHA. */
const tagLength = 8;
const longestPipelineSeconds = 180;

export interface PushOptions {
    /** What `sandbox env` exports. */
    readonly environment: Readonly<Record<string, string>>;
    /** The static program `app`. */
    readonly program: string;
    readonly onLine: (line: string) => void;
    /** Runs the pipeline for a commit that is there, instead of making one. */
    readonly sha?: string;
}

export interface Delivered {
    readonly sha: string;
    readonly tag: string;
    /** From the commit to the last Deployment that is rolled out. */
    readonly seconds: number;
    /** Deployments with the image that each one runs now. */
    readonly running: readonly { readonly namespace: string; readonly name: string; readonly image: string }[];
}

/**
 * Pushes one commit and follows it: build, image, trigger, Woodpecker, deploy, until the new image runs.
 *
 * @throws when any step of the path fails, with what it said
 */
export async function push(name: string, options: PushOptions): Promise<Delivered> {
    const app = demoApps.find((candidate) => candidate.name === name);
    if (app === undefined) {
        throw new UserError(
            `There is no app called ${name}.`,
            `The apps are: ${demoApps.map((each) => each.name).join(", ")}`,
        );
    }
    const { environment, onLine } = options;
    const started = Date.now();
    const sha = options.sha ?? (await commit(app, environment, onLine));
    await (app.builtBy === "github-actions" ? actions(app, sha, options) : woodpecker(app, sha, options));
    const tag = sha.slice(0, tagLength);
    const running = await Promise.all(app.deployments.map((deployment) => runningImage(deployment, tag, environment)));
    return { sha, tag, seconds: (Date.now() - started) / 1000, running };
}

type Environment = Readonly<Record<string, string>>;

async function commit(app: DemoApp, environment: Environment, onLine: (line: string) => void): Promise<string> {
    const repository = new Repository(environment.GITHUB_BASE_URL ?? "", app.repository, accounts.bot.token);
    for (const [path, content] of Object.entries(app.sources)) {
        if (!(await repository.has(path))) await repository.commit(path, content, `Add ${path} [skip ci]`);
    }
    const sha = await repository.commit("CHANGES", `${new Date().toISOString()}\n`, `Change ${app.name}`);
    onLine(`committed ${sha.slice(0, tagLength)} to ${app.repository}`);
    return sha;
}

/** GitHub's part: the workflow file as it stands in the repository, run as a hosted runner would. */
async function actions(app: DemoApp, sha: string, { environment, program, onLine }: PushOptions): Promise<void> {
    const { conclusion } = await runWorkflow({
        apiUrl: new URL("api/v3", environment.GITHUB_BASE_URL).href,
        token: accounts.admin.token,
        repository: app.repository,
        sha,
        workflow: workflowPath,
        machine: { PATH: environment.PATH ?? "", HOME: process.env.HOME ?? "/" },
        onLine,
        buildAndPush: async ({ file, tags, print }) => {
            return { digest: await buildAndPush({ program, dockerfile: file, references: tags, print }) };
        },
    });
    if (conclusion !== "success") {
        throw new UserError(`The workflow ${workflowPath} of ${app.repository} ended with ${conclusion} for ${sha}.`);
    }
}

interface Pipeline {
    readonly number: number;
    readonly commit: string;
    readonly status: string;
    readonly errors?: readonly { readonly message: string }[] | null;
}

/** Woodpecker's own way: the push itself started the pipeline; here it is only waited for. */
async function woodpecker(app: DemoApp, sha: string, { environment, onLine }: PushOptions): Promise<void> {
    const api = `${environment.WOODPECKER_SERVER}/api/repos`;
    const headers = { authorization: `Bearer ${environment.WOODPECKER_TOKEN}` };
    const { id } = await requestJson<{ id: number }>(`${api}/lookup/${app.repository}`, { headers });
    const deadline = Date.now() + longestPipelineSeconds * 1000;
    let said = "";
    while (Date.now() < deadline) {
        const pipelines = await requestJson<Pipeline[]>(`${api}/${id}/pipelines`, { headers });
        const pipeline = pipelines.find((candidate) => candidate.commit === sha);
        const state = pipeline === undefined ? "not there yet" : pipeline.status;
        if (state !== said) onLine(`Woodpecker's pipeline for ${sha.slice(0, tagLength)}: ${state}`);
        said = state;
        if (pipeline?.status === "success") return;
        if (pipeline !== undefined && !["pending", "running", "created"].includes(pipeline.status)) {
            const reasons = (pipeline.errors ?? []).map(({ message }) => message);
            const page = `${environment.WOODPECKER_SERVER}/repos/${id}/pipeline/${pipeline.number}`;
            throw new UserError(
                `Woodpecker's pipeline ${pipeline.number} ended with ${pipeline.status}: ${page}`,
                ...reasons,
            );
        }
        await sleep(300);
    }
    throw new UserError(`Woodpecker's pipeline for ${sha} is ${said} after ${longestPipelineSeconds} s.`);
}

interface Deployment {
    readonly spec: {
        readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
    };
    readonly status: { readonly readyReplicas?: number; readonly updatedReplicas?: number };
}

async function runningImage(
    { namespace, name }: DemoApp["deployments"][number],
    tag: string,
    environment: Environment,
): Promise<Delivered["running"][number]> {
    const { stdout } = await run("kubectl", ["--namespace", namespace, "get", "deployment", name, "--output", "json"], {
        env: environment,
    });
    const { spec, status } = JSON.parse(stdout) as Deployment;
    const image = spec.template.spec.containers[0]?.image ?? "";
    if (!image.endsWith(`:${tag}`))
        throw new UserError(`Deployment ${namespace}/${name} runs ${image}, not tag ${tag}.`);
    if (!status.readyReplicas || !status.updatedReplicas) {
        throw new UserError(`Deployment ${namespace}/${name} has no ready pod with ${image}.`);
    }
    return { namespace, name, image };
}
