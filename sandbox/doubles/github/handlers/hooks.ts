import type { components } from "@octokit/openapi-types";
import {
    type Call,
    created,
    noContent,
    notFound,
    objectIn,
    ok,
    page,
    type Reply,
    refusal,
    timestamp,
} from "../call.js";
import type { GitHub, Permitted } from "../github.js";
import type { StoredHook } from "../state.js";

type Hook = components["schemas"]["hook"];

const MASK = "********";

const hooksOf = (github: GitHub, { repository }: Permitted): StoredHook[] => {
    github.additions.hooks[repository.id] ??= [];
    return github.additions.hooks[repository.id] as StoredHook[];
};

function shown(github: GitHub, { repository }: Permitted, hook: StoredHook): Hook {
    const url = `${github.root}/repos/${repository.full_name}/hooks/${hook.id}`;
    const { secret, ...config } = hook.config;
    const [last] = github.deliveries.recent(hook.id);
    return {
        type: "Repository",
        id: hook.id,
        name: hook.name,
        active: hook.active,
        events: [...hook.events],
        config: { ...config, ...(secret ? { secret: MASK } : {}) },
        created_at: hook.created_at,
        updated_at: hook.updated_at,
        url,
        test_url: `${url}/test`,
        ping_url: `${url}/pings`,
        deliveries_url: `${url}/deliveries`,
        last_response: last
            ? { code: last.status_code, status: last.status_code < 300 ? "active" : "failed", message: last.status }
            : { code: null, status: "unused", message: null },
    };
}

/** A PATCH replaces the whole configuration, except that the mask stands for the secret in place. */
function configIn(raw: unknown, before?: StoredHook["config"]): StoredHook["config"] | undefined {
    if (raw === undefined) return before;
    const config = raw as Record<string, unknown>;
    if (typeof config?.url !== "string" || config.url === "") return undefined;
    const sent = typeof config.secret === "string" && config.secret !== "" ? config.secret : undefined;
    const secret = sent === MASK ? before?.secret : sent;
    return {
        url: config.url,
        content_type: config.content_type === "json" ? "json" : "form",
        insecure_ssl: String(config.insecure_ssl ?? "0"),
        ...(secret ? { secret } : {}),
    };
}

const eventsIn = (raw: unknown): readonly string[] | undefined => (Array.isArray(raw) ? raw.map(String) : undefined);

export async function listHooks(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    return page(call, hooksOf(github, permitted), github.root, (hooks) =>
        hooks.map((hook) => shown(github, permitted, hook)),
    );
}

export async function readHook(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const hook = hooksOf(github, permitted).find((candidate) => String(candidate.id) === call.params.id);
    return hook ? ok(shown(github, permitted, hook)) : notFound;
}

export async function listDeliveries(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const hook = hooksOf(github, permitted).find((candidate) => String(candidate.id) === call.params.id);
    return hook ? page(call, [...github.deliveries.recent(hook.id)], github.root, (list) => list) : notFound;
}

export async function createHook(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const body = objectIn(call);
    const config = configIn(body.config);
    if (!config) return refusal(422, "Validation Failed", { errors: [{ resource: "Hook", code: "missing_field" }] });
    const events = eventsIn(body.events) ?? ["push"];
    const hooks = hooksOf(github, permitted);
    const same = hooks.some(
        (hook) => hook.config.url === config.url && hook.events.some((event) => events.includes(event)),
    );
    if (same) {
        const errors = [{ resource: "Hook", code: "custom", message: "Hook already exists on this repository" }];
        return refusal(422, "Validation Failed", { errors });
    }
    const now = timestamp();
    const id = github.additions.nextId++;
    const hook: StoredHook = {
        id,
        name: "web",
        active: body.active !== false,
        events,
        config,
        created_at: now,
        updated_at: now,
    };
    hooks.push(hook);
    void github.deliveries.send(hook, "ping", pingOf(github, permitted, hook));
    return created(shown(github, permitted, hook));
}

export async function updateHook(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const hooks = hooksOf(github, permitted);
    const index = hooks.findIndex((candidate) => String(candidate.id) === call.params.id);
    const before = hooks[index];
    if (!before) return notFound;
    const body = objectIn(call);
    const config = configIn(body.config, before.config);
    if (!config) return refusal(422, "Validation Failed", { errors: [{ resource: "Hook", code: "missing_field" }] });
    const active = typeof body.active === "boolean" ? body.active : before.active;
    const hook = { ...before, active, events: eventsIn(body.events) ?? before.events, config, updated_at: timestamp() };
    hooks[index] = hook;
    return ok(shown(github, permitted, hook));
}

export async function deleteHook(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const hooks = hooksOf(github, permitted);
    const index = hooks.findIndex((candidate) => String(candidate.id) === call.params.id);
    if (index < 0) return notFound;
    hooks.splice(index, 1);
    return noContent;
}

export async function pingHook(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const hook = hooksOf(github, permitted).find((candidate) => String(candidate.id) === call.params.id);
    if (!hook) return notFound;
    await github.deliveries.send(hook, "ping", pingOf(github, permitted, hook));
    return noContent;
}

function pingOf(github: GitHub, permitted: Permitted, hook: StoredHook): Record<string, unknown> {
    return {
        zen: "Keep it logically awesome.",
        hook_id: hook.id,
        hook: shown(github, permitted, hook),
        repository: permitted.repository,
    };
}
