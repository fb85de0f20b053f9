import { z } from "zod";
import { bind, type Call, empty, type Guard, json, page, type Reply, type Route, route, text } from "../http.js";
import { EVENTS, type Event, type Secret, shown } from "../model.js";
import type { Parts } from "./parts.js";

const imagePattern =
    "^([\\w\\d\\-_\\.]+(:\\d+)?/)?([\\w\\d\\-_\\.][\\w\\d\\-_\\.\\/]*/)?([\\w\\d\\-_\\.]+)(:[\\w\\d\\-_]+)?(@sha256:[a-f\\d]{64})?$";
const image = /^([\w.-]+(:\d+)?\/)?([\w.-][\w./-]*\/)?([\w.-]+)(:[\w-]+)?(@sha256:[a-f\d]{64})?$/;

const list = z.array(z.string()).nullish();
const input = z.object({
    name: z.string().nullish(),
    value: z.string().nullish(),
    images: list,
    events: list,
    note: z.string().nullish(),
});

/** One level of secrets: where it lies, who may use it, and how the server words its errors there. */
interface Level {
    readonly path: string;
    readonly read: readonly Guard[];
    readonly write: readonly Guard[];
    readonly owner: (call: Call) => { readonly org_id: number; readonly repo_id: number };
    /** As in `Error inserting <what>secret. …`. */
    readonly what: (call: Call) => string;
    /** How an invalid change is answered; an invalid new secret is always 422. */
    readonly invalidChange: 400 | 422;
}

/** Secrets of repositories, of organisations and of all. Values are never given back. */
export function secretRoutes({ store, access }: Parts): readonly Route[] {
    const { setRepo, setOrg, mustPull, mustPush, mustUser, mustAdmin, mustOrgAdmin } = access;
    const levels: readonly Level[] = [
        {
            path: "/api/secrets",
            read: [mustUser],
            write: [mustAdmin],
            owner: () => ({ org_id: 0, repo_id: 0 }),
            what: () => "global ",
            invalidChange: 400,
        },
        {
            path: "/api/orgs/{org_id}/secrets",
            read: [setOrg, mustOrgAdmin],
            write: [setOrg, mustOrgAdmin],
            owner: ({ org }) => ({ org_id: org?.id ?? 0, repo_id: 0 }),
            // The id formatted as a quoted character: the server's own wording.
            what: ({ org }) => `org '\\x${(org?.id ?? 0).toString(16).padStart(2, "0")}' `,
            invalidChange: 422,
        },
        {
            path: "/api/repos/{repo_id}/secrets",
            read: [setRepo, mustPull, mustPush],
            write: [setRepo, mustPull, mustPush],
            owner: ({ repo }) => ({ org_id: 0, repo_id: repo?.id ?? 0 }),
            what: () => "",
            invalidChange: 422,
        },
    ];
    return levels.flatMap((level) => routesOf(level));

    function routesOf(level: Level): Route[] {
        const { path, read, write } = level;
        const all = (call: Call): Secret[] => {
            const { org_id: org, repo_id: repo } = level.owner(call);
            const rows = store.table("secrets").filter((row) => row.org_id === org && row.repo_id === repo);
            return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
        };
        const find = (call: Call): Secret | undefined => all(call).find(({ name }) => name === call.params.name);
        return [
            route("GET", path, read, (call) => json(page(call, all(call)).map(show))),
            route("GET", `${path}/{name}`, read, (call) => {
                const secret = find(call);
                return secret ? json(show(secret)) : empty(404);
            }),
            route("POST", path, write, (call) => create(level, call, all(call))),
            route("PATCH", `${path}/{name}`, write, (call) => change(level, call, find)),
            route("DELETE", `${path}/{name}`, write, (call) => {
                const secret = find(call);
                if (!secret) return empty(404);
                store.remove("secrets", (row) => row.id === secret.id);
                return empty(204);
            }),
        ];
    }

    function create(level: Level, call: Call, existing: readonly Secret[]): Reply {
        const what = level.what(call);
        const given = bind(call, input, (reason) => text(400, `Error parsing ${what}secret. ${reason}`));
        const secret = {
            ...level.owner(call),
            name: given.name ?? "",
            images: given.images ?? null,
            events: (given.events ?? []) as Event[],
            note: given.note ?? "",
            hidden: { value: given.value ?? "" },
        };
        const problem = problemOf(secret);
        if (problem) return text(422, `Error inserting ${what}secret. ${problem}`);
        if (existing.some(({ name }) => name === secret.name)) {
            const reason = "on insert duplicate based on constraints was detected";
            return text(500, `Error inserting ${what}secret ${JSON.stringify(secret.name)}. ${reason}`);
        }
        return json(show(store.insert("secrets", { ...secret, events: secret.events.sort() })));
    }

    /** Merges what is given; an empty value and a new name are ignored without a word. */
    function change(level: Level, call: Call, find: (call: Call) => Secret | undefined): Reply {
        const given = bind(call, input, (reason) => text(400, `Error parsing secret. ${reason}`));
        const secret = find(call);
        if (!secret) return empty(404);
        const changed = {
            ...secret,
            images: given.images ?? secret.images,
            events: [...((given.events as Event[] | null | undefined) ?? secret.events)].sort(),
            note: given.note ?? secret.note,
            hidden: { value: given.value || secret.hidden.value },
        };
        const problem = problemOf(changed);
        if (problem) return text(level.invalidChange, `Error updating ${level.what(call)}secret. ${problem}`);
        Object.assign(secret, changed);
        store.touch();
        return json(show(secret));
    }
}

const show = (secret: Secret): object => {
    const { id, org_id, repo_id, name, images, events, note } = shown(secret);
    return { id, org_id, repo_id, name, images, events, note };
};

function problemOf(secret: Omit<Secret, "id">): string | undefined {
    const unknown = secret.events.find((event) => !EVENTS.includes(event));
    if (unknown !== undefined) return `invalid webhook event: ${unknown}\ninvalid secret event`;
    if (secret.events.length === 0) return "invalid secret event: no event specified";
    for (const name of secret.images ?? []) {
        if (name === "") return "invalid secret image: empty image in images";
        if (!image.test(name)) {
            return `invalid secret image: image '${name}' do not match regexp '${imagePattern}'`;
        }
    }
    if (secret.name === "") return "invalid secret name: empty name";
    return secret.hidden.value === "" ? "invalid secret value: empty value" : undefined;
}
