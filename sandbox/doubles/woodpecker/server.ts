import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Access } from "./access.js";
import { Forge } from "./forge.js";
import { type Call, Refusal, type Reply, type Route } from "./http.js";
import { Libs } from "./libs.js";
import { type Pipeline, shown, type Workflow } from "./model.js";
import { Pipelines } from "./pipelines.js";
import { Queue } from "./queue.js";
import { cronRoutes, runCron } from "./routes/crons.js";
import { hookRoutes } from "./routes/hook.js";
import type { Parts } from "./routes/parts.js";
import { pipelineRoutes, rawPipeline, showPipeline } from "./routes/pipelines.js";
import { registryRoutes } from "./routes/registries.js";
import { repoRoutes } from "./routes/repos.js";
import { secretRoutes } from "./routes/secrets.js";
import { systemRoutes } from "./routes/system.js";
import { userRoutes } from "./routes/users.js";
import { Runner } from "./runner.js";
import { Schedule } from "./schedule.js";
import { SecretService } from "./secretService.js";
import { ServiceAccounts } from "./serviceAccounts.js";
import { type Settings, VERSION } from "./settings.js";
import { Store } from "./store.js";

/** A running double: server and agent in one process. */
export interface Woodpecker {
    /** `http://127.0.0.1:<port>`. */
    readonly origin: string;
    /** Kills what runs and writes the state. */
    close(): Promise<void>;
}

/** @param environment what steps inherit */
export async function startWoodpecker(
    settings: Settings,
    environment: Readonly<Record<string, string>>,
): Promise<Woodpecker> {
    const store = new Store(settings.stateDirectory);
    const libs = new Libs(settings.libs);
    const forge = new Forge(settings);
    const { kubernetes } = settings;
    const runner: Runner = new Runner({
        settings,
        store,
        environment,
        serviceAccounts: kubernetes && new ServiceAccounts(kubernetes.kubeconfig, kubernetes.namespace),
        onCancel: ({ repo, pipeline }, step) => pipelines.cancel(repo, pipeline, { canceled_by_step: step.name }),
    });
    const queue = new Queue({ store, forge, runner, capacity: settings.agent.maxWorkflows });
    const { extensions } = settings;
    const secrets = new SecretService(store, {
        endpoint: extensions.secretEndpoint,
        netrc: extensions.secretNetrc,
        allowedHosts: extensions.allowedHosts,
        privateKey: store.signatureKey,
        timeoutMs: extensions.timeoutSeconds * 1000,
    });
    const pipelines: Pipelines = new Pipelines({ settings, store, libs, forge, queue, secrets });
    pipelines.endLeftovers();
    const schedule = new Schedule(store, libs, settings.cronCheckSeconds, (cron) =>
        runCron({ store, forge, pipelines }, cron),
    );
    const withTree = (pipeline: Pipeline, row: Record<string, unknown>): object => {
        const workflows = pipelines.workflowsOf(pipeline).map((workflow) => showWorkflow(pipelines, workflow));
        return workflows.length === 0 ? row : { ...row, workflows };
    };
    const parts: Parts = {
        settings,
        store,
        forge,
        access: new Access(store, forge),
        pipelines,
        queue,
        schedule,
        showTree: (pipeline) => withTree(pipeline, showPipeline(pipeline)),
        showRaw: (pipeline) => withTree(pipeline, rawPipeline(pipeline)),
    };
    const routes = [
        ...systemRoutes(parts),
        ...userRoutes(parts),
        ...repoRoutes(parts),
        ...pipelineRoutes(parts),
        ...secretRoutes(parts),
        ...registryRoutes(parts),
        ...cronRoutes(parts),
        ...hookRoutes(parts),
    ];
    const server = createServer(listener(routes, parts));
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(settings.address.port, settings.address.host, resolve);
    });
    return {
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        async close() {
            schedule.close();
            server.close();
            server.closeAllConnections();
            await queue.close();
            store.close();
            libs.close();
        },
    };
}

function showWorkflow(pipelines: Pipelines, workflow: Workflow): object {
    const steps = pipelines.stepsOf(workflow);
    return { ...workflow, ...(steps.length === 0 ? {} : { children: steps.map(shown) }) };
}

/** Answers requests; what no route matches is 404 and kept for `GET /_sandbox/unhandled`. */
function listener(routes: readonly Route[], { access, store }: Parts) {
    const unhandled: { method: string; path: string }[] = [];
    return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const call = await readCall(request);
        const reply = await answer(call).catch((error: unknown): Reply => {
            if (error instanceof Refusal) return error.reply;
            console.error(`${call.method} ${call.path}: ${error instanceof Error ? error.stack : error}`);
            return { status: 500 };
        });
        // An answer must not promise what a crash could forget.
        if (call.method !== "GET") store.save();
        send(response, reply);
    };

    async function answer(call: Call): Promise<Reply> {
        if (call.path === "/_sandbox/unhandled") return { status: 200, json: unhandled };
        access.identify(call);
        for (const { method, pattern, guards, handler } of routes) {
            const match = method === call.method ? pattern.exec(call.path) : null;
            if (!match) continue;
            const entries = Object.entries(match.groups ?? {});
            call.params = Object.fromEntries(entries.map(([name, value]) => [name, decodeURIComponent(value)]));
            for (const guard of guards) await guard(call);
            return handler(call);
        }
        unhandled.push({ method: call.method, path: call.path });
        return { status: 404, text: "404 page not found" };
    }
}

async function readCall(request: IncomingMessage): Promise<Call> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "/", "http://localhost");
    return {
        method: request.method ?? "GET",
        path: url.pathname,
        query: url.searchParams,
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
        body: Buffer.concat(chunks),
        params: {},
    };
}

function send(response: ServerResponse, reply: Reply): void {
    const type =
        reply.json !== undefined
            ? { "content-type": "application/json; charset=utf-8" }
            : reply.text !== undefined
              ? { "content-type": "text/plain; charset=utf-8" }
              : {};
    response.writeHead(reply.status, { "x-woodpecker-version": VERSION, ...type, ...reply.headers });
    response.end(reply.json !== undefined ? JSON.stringify(reply.json) : reply.text);
}
