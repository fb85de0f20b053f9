import { z } from "zod";
import {
    type Call,
    empty,
    json,
    page,
    parseBody,
    Refusal,
    type Reply,
    type Route,
    route,
    text,
    wholeNumber,
} from "../http.js";
import {
    EVENTS,
    type Event,
    now,
    type Pipeline,
    type Repo,
    STATUSES,
    type Status,
    shown,
    type User,
} from "../model.js";
import type { Created } from "../pipelines.js";
import type { Parts } from "./parts.js";

const options = z.object({
    branch: z.string().nullish(),
    variables: z.record(z.string(), z.string()).nullish(),
});

/** Pipelines and their logs. */
export function pipelineRoutes(parts: Parts): readonly Route[] {
    const { store, access, forge, pipelines } = parts;
    const { setRepo, mustPull, mustPush, mustRepoAdmin } = access;
    const read = [setRepo, mustPull];
    const write = [setRepo, mustPull, mustPush];
    const base = "/api/repos/{repo_id}";
    const one = `${base}/pipelines/{number}`;

    const all = ({ repo }: Call): Pipeline[] =>
        store
            .table("pipelines")
            .filter(({ hidden }) => hidden.repoId === repo?.id)
            .sort((a, b) => b.id - a.id);

    const found = (call: Call): Pipeline => {
        const number = wholeNumber(call.params.number);
        const pipeline = all(call).find((row) => row.number === number);
        if (!pipeline) throw new Refusal(empty(404));
        return pipeline;
    };

    /** Always with event `manual`; a 204 says that nothing runs. */
    async function create(call: Call): Promise<Reply> {
        const [repo, user] = [call.repo as Repo, call.user as User];
        const { branch, variables } = parseBody(call, options, () => empty(400));
        const head = await forge
            .branchHead(user.hidden.accessToken, repo, branch ?? "")
            .catch(() => Promise.reject(new Refusal(empty(500))));
        const created = await pipelines.create(repo, {
            event: "manual",
            commit: head.sha,
            branch: branch ?? "",
            timestamp: now(),
            author_avatar: user.avatar_url,
            message: `MANUAL PIPELINE @ ${branch ?? ""}`,
            ref: branch ?? "",
            author: user.login,
            author_email: user.email,
            forge_url: head.url,
            ...(variables ? { variables } : {}),
        });
        return answered(created, (pipeline) => parts.showTree(pipeline));
    }

    /** Runs a pipeline again; with `event=deployment` as a deployment, if the repository allows that. */
    async function again(call: Call): Promise<Reply> {
        const pipeline = { ...found(call) };
        const { query } = call;
        pipeline.deploy_task = query.get("deploy_task") ?? pipeline.deploy_task;
        const event = query.get("event");
        if (event !== null) {
            if (event !== "deployment") return empty(400);
            if (!call.repo?.allow_deploy) return empty(403);
            pipeline.event = "deployment";
            pipeline.deploy_to = query.get("deploy_to") ?? pipeline.deploy_to;
        }
        const reserved = ["fork", "event", "deploy_to"];
        const variables = [...query].filter(([key]) => !reserved.includes(key)).reverse();
        const created = await pipelines.restart(call.repo as Repo, pipeline, Object.fromEntries(variables));
        return json(parts.showTree(created));
    }

    function list(call: Call): Reply {
        const { query } = call;
        const events = query.get("event")?.split(",") ?? [];
        const status = query.get("status");
        if (events.some((event) => !EVENTS.includes(event as Event))) return empty(400);
        if (status && !STATUSES.includes(status as Status)) return empty(400);
        const before = seconds(query.get("before"));
        const after = seconds(query.get("after"));
        const rows = all(call).filter(
            (row) =>
                (events.length === 0 || events.includes(row.event)) &&
                (!status || row.status === status) &&
                (!query.get("branch") || row.branch === query.get("branch")) &&
                row.ref.includes(query.get("ref") ?? "") &&
                row.created < (before ?? Number.POSITIVE_INFINITY) &&
                row.created > (after ?? Number.NEGATIVE_INFINITY),
        );
        return json(page(call, rows).map((row) => showPipeline(row)));
    }

    function latest(call: Call): Reply {
        const branch = call.query.get("branch") ?? call.repo?.default_branch;
        // The last push, whatever ran by hand since.
        const pipeline = all(call).find((row) => row.branch === branch && row.event === "push");
        return pipeline ? json(parts.showTree(pipeline)) : empty(404);
    }

    function stepLog(call: Call): Reply {
        const pipeline = found(call);
        const id = wholeNumber(call.params.step);
        const step = store.table("steps").find((row) => row.id === id && row.pipeline_id === pipeline.id);
        return step ? json(store.readLog(step.id)) : empty(404);
    }

    function removeLogs(call: Call): Reply {
        const pipeline = found(call);
        const id = call.params.step === undefined ? undefined : wholeNumber(call.params.step);
        const steps = store
            .table("steps")
            .filter((row) => row.pipeline_id === pipeline.id && (id === undefined || row.id === id));
        if (id !== undefined && steps.length === 0) return empty(404);
        if (isActive(pipeline)) return text(422, `Cannot delete logs for pipeline with status ${pipeline.status}`);
        for (const step of steps) store.removeLog(step.id);
        return empty(204);
    }

    return [
        route("GET", `${base}/pipelines`, read, list),
        route("POST", `${base}/pipelines`, write, create),
        route("GET", `${base}/pipelines/latest`, read, latest),
        route("GET", one, read, (call) => json(parts.showTree(found(call)))),
        route("POST", one, write, again),
        route("DELETE", one, [...read, mustRepoAdmin], (call) => {
            const pipeline = found(call);
            if (isActive(pipeline)) return text(422, `Cannot delete pipeline with status ${pipeline.status}`);
            pipelines.remove(pipeline);
            return empty(204);
        }),
        route("GET", `${one}/config`, read, (call) => {
            const { configIds } = found(call).hidden;
            const configs = store.table("configs").filter(({ id }) => configIds.includes(id));
            return json(
                configs.map(({ hash, name, text: data }) => ({
                    hash,
                    name,
                    data: Buffer.from(data).toString("base64"),
                })),
            );
        }),
        route("POST", `${one}/cancel`, write, (call) => {
            pipelines.cancel(call.repo as Repo, found(call), { canceled_by_user: call.user?.login ?? "" });
            return empty(204);
        }),
        route("GET", `${base}/logs/{number}/{step}`, read, stepLog),
        route("DELETE", `${base}/logs/{number}/{step}`, write, removeLogs),
        route("DELETE", `${base}/logs/{number}`, write, removeLogs),
        // Blocked pipelines exist; the double has no way on for them.
        route("POST", `${one}/approve`, write, () => text(501, "the Woodpecker double does not approve pipelines")),
        route("POST", `${one}/decline`, write, () => text(501, "the Woodpecker double does not decline pipelines")),
    ];
}

/** 200 with the pipeline, 204 with `Pipeline-Filtered` where nothing matches, 204 without where its files could not be fetched. */
export function answered(created: Created, show: (pipeline: Pipeline) => object): Reply {
    if (created === "filtered") return { status: 204, headers: { "pipeline-filtered": "true" } };
    return created === "unfetched" ? empty(204) : json(show(created));
}

/** The pipeline as the API shows it; for crons some fields are filled in. */
export function showPipeline(pipeline: Pipeline): Record<string, unknown> {
    const row = rawPipeline(pipeline);
    return pipeline.event === "cron" ? { ...row, message: pipeline.cron, sender: pipeline.cron } : row;
}

/** Without empty lists and maps. */
export function rawPipeline(pipeline: Pipeline): Record<string, unknown> {
    const entries = Object.entries(shown(pipeline)).filter(
        ([key, value]) =>
            !["changed_files", "variables"].includes(key) || Object.keys((value ?? {}) as object).length > 0,
    );
    return Object.fromEntries(entries);
}

const isActive = ({ status }: Pipeline): boolean => ["running", "pending", "blocked"].includes(status);

function seconds(text: string | null): number | undefined {
    if (!text) return undefined;
    const time = Date.parse(text);
    if (Number.isNaN(time)) throw new Refusal(empty(400));
    return Math.floor(time / 1000);
}
