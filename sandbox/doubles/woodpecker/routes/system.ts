import { createPublicKey } from "node:crypto";
import { empty, json, page, type Reply, type Route, route, text } from "../http.js";
import type { Org } from "../model.js";
import { now } from "../model.js";
import { VERSION } from "../settings.js";
import type { Parts } from "./parts.js";

/** The server itself: version, health, metrics, queue, agent, organisations, forge. */
export function systemRoutes({ settings, store, access, queue }: Parts): readonly Route[] {
    const { mustAdmin, setOrg } = access;
    const started = now();
    const agent = (): object => ({
        id: 1,
        created: started,
        updated: now(),
        name: settings.agent.name,
        owner_id: -1,
        token: settings.agent.secret,
        last_contact: now(),
        last_work: queue.lastWork,
        platform: "linux/amd64",
        backend: "local",
        capacity: settings.agent.maxWorkflows,
        version: VERSION,
        no_schedule: false,
        custom_labels: null,
        org_id: -1,
    });
    const showOrg = ({ id, forge_id, name, is_user }: Org): object => ({ id, forge_id, name, is_user });

    function metrics(authorization: string | undefined): Reply {
        if (settings.prometheusToken === "") return empty(404);
        if (!authorization) return text(401, "invalid or missing token");
        if (authorization !== `Bearer ${settings.prometheusToken}`) return text(403, "invalid or missing token");
        const { stats } = queue.info() as { stats: Record<string, number> };
        const gauges = {
            pending_steps: ["Total number of pending pipeline steps.", stats.pending_count],
            waiting_steps: ["Total number of pipeline waiting on deps.", stats.waiting_on_deps_count],
            running_steps: ["Total number of running pipeline steps.", stats.running_count],
            worker_count: ["Total number of workers.", stats.worker_count],
            pipeline_total_count: ["Total number of pipelines.", store.table("pipelines").length],
            user_count: ["Total number of users.", store.table("users").length],
            repo_count: ["Total number of repos.", store.table("repos").filter(({ active }) => active).length],
        };
        const lines = Object.entries(gauges).flatMap(([name, [help, value]]) => [
            `# HELP woodpecker_${name} ${help}`,
            `# TYPE woodpecker_${name} gauge`,
            `woodpecker_${name} ${value}`,
        ]);
        const headers = { "content-type": "text/plain; version=0.0.4; charset=utf-8" };
        return { ...text(200, `${lines.join("\n")}\n`), headers };
    }

    return [
        route("GET", "/healthz", [], () => empty(204)),
        route("GET", "/version", [], () =>
            json({ source: "https://github.com/woodpecker-ci/woodpecker", version: VERSION }),
        ),
        route("GET", "/metrics", [], ({ headers }) => metrics(headers.authorization)),
        route("GET", "/api/queue/info", [mustAdmin], () => text(200, JSON.stringify(queue.info(), undefined, 4))),
        route("POST", "/api/queue/pause", [mustAdmin], () => {
            queue.paused = true;
            return empty(204);
        }),
        route("POST", "/api/queue/resume", [mustAdmin], () => {
            queue.paused = false;
            queue.advance();
            return empty(204);
        }),
        route("GET", "/api/agents", [mustAdmin], () => json([agent()])),
        route("GET", "/api/agents/1", [mustAdmin], () => json(agent())),
        route("GET", "/api/forges", [], () => json([{ id: 1, type: "github", url: settings.github.url }])),
        route("GET", "/api/signature/public-key", [], () =>
            text(200, createPublicKey(store.signatureKey).export({ type: "spki", format: "pem" }).toString()),
        ),
        route("GET", "/api/orgs", [mustAdmin], (call) =>
            json(
                page(
                    call,
                    store.table("orgs").filter((org) => !org.is_user),
                ).map(showOrg),
            ),
        ),
        route("GET", "/api/orgs/lookup/{name}", [], ({ params }) => {
            const org = store.table("orgs").find(({ name }) => name.toLowerCase() === params.name?.toLowerCase());
            return org ? json(showOrg(org)) : empty(404);
        }),
        route("GET", "/api/orgs/{org_id}", [setOrg, access.mustUser], ({ org }) => json(showOrg(org as Org))),
    ];
}
