import { z } from "zod";
import { bind, type Call, empty, type Guard, json, page, type Reply, type Route, route, text } from "../http.js";
import { type Registry, shown } from "../model.js";
import type { Parts } from "./parts.js";

const input = z.object({
    address: z.string().nullish(),
    username: z.string().nullish(),
    password: z.string().nullish(),
});

interface Level {
    readonly path: string;
    readonly read: readonly Guard[];
    readonly write: readonly Guard[];
    readonly owner: (call: Call) => { readonly org_id: number; readonly repo_id: number };
    readonly what: string;
    readonly invalidChange: 400 | 422;
    /** The repository level answers with the input instead of the row: its ids are 0. */
    readonly echoes: boolean;
}

/** Registry credentials on three levels; passwords are never given back. */
export function registryRoutes({ store, access }: Parts): readonly Route[] {
    const { setRepo, setOrg, mustPull, mustPush, mustUser, mustAdmin, mustOrgAdmin } = access;
    const levels: readonly Level[] = [
        {
            path: "/api/registries",
            read: [mustUser],
            write: [mustAdmin],
            owner: () => ({ org_id: 0, repo_id: 0 }),
            what: "global registry",
            invalidChange: 400,
            echoes: false,
        },
        {
            path: "/api/orgs/{org_id}/registries",
            read: [setOrg, mustOrgAdmin],
            write: [setOrg, mustOrgAdmin],
            owner: ({ org }) => ({ org_id: org?.id ?? 0, repo_id: 0 }),
            what: "org registry",
            invalidChange: 422,
            echoes: false,
        },
        {
            path: "/api/repos/{repo_id}/registries",
            read: [setRepo, mustPull, mustPush],
            write: [setRepo, mustPull, mustPush],
            owner: ({ repo }) => ({ org_id: 0, repo_id: repo?.id ?? 0 }),
            what: "registry",
            invalidChange: 422,
            echoes: true,
        },
    ];
    return levels.flatMap((level) => {
        const { path, read, write } = level;
        const all = (call: Call): Registry[] => {
            const { org_id: org, repo_id: repo } = level.owner(call);
            return store.table("registries").filter((row) => row.org_id === org && row.repo_id === repo);
        };
        const find = (call: Call): Registry | undefined =>
            all(call).find(({ address }) => address === decodeURIComponent(call.params.address ?? ""));
        return [
            route("GET", path, read, (call) => json(page(call, all(call)).map(show))),
            route("GET", `${path}/{address}`, read, (call) => {
                const registry = find(call);
                return registry ? json(show(registry)) : empty(404);
            }),
            route("POST", path, write, (call) => create(level, call, all(call))),
            route("PATCH", `${path}/{address}`, write, (call) => change(level, call, find)),
            route("DELETE", `${path}/{address}`, write, (call) => {
                const registry = find(call);
                if (!registry) return empty(404);
                store.remove("registries", (row) => row.id === registry.id);
                return empty(204);
            }),
        ];
    });

    function create(level: Level, call: Call, existing: readonly Registry[]): Reply {
        const given = bind(call, input, (reason) => text(400, `Error parsing request. ${reason}`));
        const { address, username, password } = given;
        const missing = !address ? "address" : !username ? "username" : password ? undefined : "password";
        if (!address || !username || !password) {
            return text(400, `Error inserting ${level.what}. invalid registry ${missing}`);
        }
        if (!isUrl(address)) {
            const reason = `parse ${JSON.stringify(address)}: first path segment in URL cannot contain colon`;
            return text(400, `Error inserting ${level.what}. ${reason}`);
        }
        if (existing.some((row) => row.address === address)) {
            const reason = "on insert duplicate based on constraints was detected";
            return text(500, `Error inserting ${level.what} ${JSON.stringify(address)}. ${reason}`);
        }
        const row = { ...level.owner(call), address, username, hidden: { password } };
        const registry = store.insert("registries", row satisfies Omit<Registry, "id">);
        return json(level.echoes ? echo(address, username) : show(registry));
    }

    function change(level: Level, call: Call, find: (call: Call) => Registry | undefined): Reply {
        const given = bind(call, input, (reason) => text(400, `Error parsing request. ${reason}`));
        const registry = find(call);
        if (!registry) return empty(404);
        registry.username = given.username || registry.username;
        registry.hidden.password = given.password || registry.hidden.password;
        store.touch();
        return json(level.echoes ? echo(given.address ?? "", given.username ?? "") : show(registry));
    }
}

/** As Go reads it: what stands before the first colon has to be a scheme, unless a slash comes first. */
const isUrl = (address: string): boolean => /^[A-Za-z][A-Za-z0-9+.-]*:|^[^:/]*(\/|$)/.test(address);

const show = (registry: Registry): object => {
    const { id, org_id, repo_id, address, username } = shown(registry);
    return { id, org_id, repo_id, address, username, password: "", readonly: false };
};

const echo = (address: string, username: string): object =>
    show({ id: 0, org_id: 0, repo_id: 0, address, username, hidden: { password: "" } });
