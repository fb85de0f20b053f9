import { triggerScript } from "../../components/github/triggerScript.js";
import { HttpStub } from "./httpStub.js";
import { runScript, type ShellResult } from "./shell.js";

export const token = "header.recognisable-token.signature";

export const lookup = "GET /api/repos/lookup/acme/website";
export const start = "POST /api/repos/2/pipelines";
export const look = "GET /api/repos/2/pipelines/7";
export const list = "GET /api/repos/2/pipelines";

/** The pipeline that a trigger starts, as Woodpecker tells of it. */
export function pipeline(status: string, workflows = [{ name: "deploy", state: status, children: [] as unknown[] }]) {
    return { number: 7, event: "manual", status, errors: null, workflows };
}

/** A Woodpecker that carries out the deploy it is asked for. */
export async function startWoodpecker(): Promise<HttpStub> {
    return (await HttpStub.start())
        .on(lookup, { status: 200, body: { id: 2, active: true } })
        .on(start, { status: 200, body: pipeline("pending") })
        .on(look, { status: 200, body: pipeline("running") }, { status: 200, body: pipeline("success") });
}

/** Runs the trigger as a step of GitHub Actions does. */
export function runTrigger(server: HttpStub, env: Readonly<Record<string, string>> = {}): Promise<ShellResult> {
    return runScript("file", ["bash", "--noprofile", "--norc", "-eo", "pipefail"], triggerScript, {
        WOODPECKER_URL: server.url,
        WOODPECKER_REPO_ID: "2",
        WOODPECKER_TOKEN: token,
        GITHUB_REPOSITORY: "acme/website",
        DEPLOY_APP: "website",
        IMAGE_TAG: "0123abcd",
        BRANCH: "main",
        POLL_SECONDS: "0.05",
        RETRY_SECONDS: "0.05",
        ...env,
    });
}
