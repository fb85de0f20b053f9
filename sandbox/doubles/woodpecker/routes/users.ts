import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { ForgeUser } from "../forge.js";
import { bind, empty, isTrue, json, page, type Reply, type Route, route, text } from "../http.js";
import { now, shown, type User } from "../model.js";
import { VERSION } from "../settings.js";
import { sign, verify } from "../tokens.js";
import type { Parts } from "./parts.js";
import { fromForge, showRepo, updateFrom } from "./repoRows.js";

const stateSeconds = 300;
const sessionSeconds = 72 * 3600;

/** Login by OAuth, the web page's settings, and the API's users. */
export function userRoutes({ settings, store, forge, access }: Parts): readonly Route[] {
    const users = (): User[] => store.table("users");
    const show = (user: User): object => {
        const { org_id, admin, ...rest } = shown(user);
        const byEnvironment = settings.admins.includes(user.login);
        return {
            ...rest,
            ...(admin ? { admin } : {}),
            ...(byEnvironment && admin ? { admin_env: true } : {}),
            org_id,
        };
    };
    /** The token of the user itself: the same bytes every time until the hash changes. */
    const userToken = (user: User): Reply =>
        text(200, sign({ type: "user", "user-id": String(user.id) }, user.hidden.hash));

    async function authorize(query: URLSearchParams): Promise<Reply> {
        const failed = (error: string): Reply => redirect(`/login?${new URLSearchParams({ error })}`);
        if (query.get("error")) return failed(query.get("error") ?? "");
        const [code, state] = [query.get("code"), query.get("state")];
        if (!code || !state) {
            const exp = now() + stateSeconds;
            return redirect(forge.loginUrl(sign({ type: "oauth-state", "forge-id": "1", exp }, store.jwtSecret)));
        }
        if (!verify(state, ["oauth-state"], () => store.jwtSecret)) return failed("invalid_state");
        let account: ForgeUser;
        try {
            account = await forge.login(code);
        } catch {
            return failed("oauth_error");
        }
        const user = signIn(account);
        if (!user) return failed("registration_closed");
        await syncPermissions(user);
        const exp = now() + sessionSeconds;
        const session = sign({ type: "sess", "user-id": String(user.id), exp }, user.hidden.hash);
        const cookie = `user_sess=${session}; Path=/; Max-Age=2147483647; HttpOnly; SameSite=Lax`;
        return { status: 303, headers: { location: "/", "set-cookie": cookie } };
    }

    function signIn(account: ForgeUser): User | undefined {
        const isAdmin = settings.admins.includes(account.login);
        let user =
            users().find((row) => row.forge_remote_id === account.remoteId) ??
            users().find((row) => row.login === account.login);
        if (!user && !settings.open && !isAdmin) return undefined;
        user ??= store.insert("users", {
            forge_id: 1,
            forge_remote_id: account.remoteId,
            login: account.login,
            email: account.email,
            avatar_url: account.avatar,
            admin: false,
            org_id: 0,
            hidden: { hash: newHash(), accessToken: account.accessToken },
        } satisfies Omit<User, "id">);
        Object.assign(user, { login: account.login, email: account.email, avatar_url: account.avatar });
        user.hidden.accessToken = account.accessToken;
        user.admin ||= isAdmin;
        if (user.org_id === 0) {
            const known = store.table("orgs").find(({ name }) => name === user.login);
            if (known) known.is_user = true;
            user.org_id = (known ?? store.insert("orgs", { forge_id: 1, name: user.login, is_user: true })).id;
        }
        store.touch();
        return user;
    }

    async function syncPermissions(user: User): Promise<void> {
        for (const from of await forge.repos(user.hidden.accessToken)) {
            const repo = store.table("repos").find((row) => row.forge_remote_id === from.remoteId && row.active);
            if (repo) access.keep(user, repo, from.rights);
        }
    }

    /** Only active repositories, or with `all` everything on GitHub that could be activated. */
    async function listRepos(user: User, all: boolean, filter: string): Promise<Reply> {
        const named = (fullName: string): boolean => fullName.toLowerCase().includes(filter.toLowerCase());
        if (!all) {
            const mine = store
                .table("permissions")
                .filter(({ userId, pull }) => userId === user.id && pull)
                .map(({ repoId }) => repoId);
            const active = store.table("repos").filter((row) => row.active && mine.includes(row.id));
            return json(active.filter((row) => named(row.full_name)).map(showRepo));
        }
        const fromGithub = (await forge.repos(user.hidden.accessToken)).filter(({ fullName }) => named(fullName));
        return json(
            fromGithub.flatMap((from) => {
                const known = store.table("repos").find((row) => row.forge_remote_id === from.remoteId);
                if (known && from.rights.push) {
                    updateFrom(known, from);
                    return [showRepo(known)];
                }
                return from.rights.admin && !known ? [showRepo({ id: 0, ...fromForge(from) })] : [];
            }),
        );
    }

    const patch = z.object({
        login: z.string().default(""),
        email: z.string().default(""),
        avatar_url: z.string().default(""),
        admin: z.boolean().default(false),
    });
    const named = (login = ""): User | undefined => users().find((row) => row.login === login);

    return [
        route("GET", "/authorize", [], ({ query }) => authorize(query)),
        route("GET", "/logout", [], () => ({
            status: 303,
            headers: { location: "/", "set-cookie": "user_sess=; Path=/; Max-Age=0" },
        })),
        route("GET", "/web-config.js", [], ({ user }) => {
            const csrf = user ? sign({ type: "csrf", "user-id": String(user.id) }, user.hidden.hash) : "";
            const lines = [
                `window.WOODPECKER_USER = ${JSON.stringify(user ? show(user) : null)};`,
                `window.WOODPECKER_CSRF = "${csrf}";`,
                `window.WOODPECKER_VERSION = "${VERSION}";`,
                'window.WOODPECKER_ROOT_PATH = "";',
            ];
            const headers = { "content-type": "text/javascript; charset=utf-8" };
            return { ...text(200, `\n${lines.join("\n")}\n`), headers };
        }),
        route("GET", "/api/user", [access.mustUser], ({ user }) => json(user && show(user))),
        route("POST", "/api/user/token", [access.mustUser], ({ user }) => userToken(user as User)),
        route("DELETE", "/api/user/token", [access.mustUser], ({ user }) => {
            (user as User).hidden.hash = newHash();
            store.touch();
            return userToken(user as User);
        }),
        route("GET", "/api/user/repos", [access.mustUser], ({ user, query }) =>
            listRepos(user as User, isTrue(query.get("all")), query.get("name") ?? ""),
        ),
        route("POST", "/api/user/repos/refresh", [access.mustUser], async ({ user }) => {
            await syncPermissions(user as User);
            return json("Ok");
        }),
        route("GET", "/api/users", [access.mustAdmin], (call) =>
            json(
                page(
                    call,
                    [...users()].sort((a, b) => (a.login < b.login ? -1 : 1)),
                ).map(show),
            ),
        ),
        route("GET", "/api/users/{login}", [access.mustAdmin], ({ params }) => {
            const user = named(params.login);
            return user ? json(show(user)) : empty(404);
        }),
        // Not a merge: what the body leaves out becomes empty.
        route("PATCH", "/api/users/{login}", [access.mustAdmin], (call) => {
            const user = named(call.params.login);
            if (!user) return empty(404);
            Object.assign(user, bind(call, patch));
            store.touch();
            return json(show(user));
        }),
        route("DELETE", "/api/users/{login}", [access.mustAdmin], ({ params }) => {
            const user = named(params.login);
            if (!user) return empty(404);
            store.remove("users", (row) => row.id === user.id);
            store.remove("permissions", ({ userId }) => userId === user.id);
            return empty(204);
        }),
    ];
}

const redirect = (location: string): Reply => ({ status: 303, headers: { location } });

const newHash = (): string => randomBytes(32).toString("hex").toUpperCase();
