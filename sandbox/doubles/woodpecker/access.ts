import type { Forge } from "./forge.js";
import type { Call } from "./http.js";
import { empty, type Guard, Refusal, type Rights, text, wholeNumber } from "./http.js";
import { now, type Permission, type Repo, type User } from "./model.js";
import type { Store } from "./store.js";
import { verify } from "./tokens.js";

const permissionAge = 3600;

/** Who asks, and what they may do. */
export class Access {
    readonly #store: Store;
    readonly #forge: Forge;

    constructor(store: Store, forge: Forge) {
        this.#store = store;
        this.#forge = forge;
    }

    /** Finds the user of the request; a bad token is a guest, a session without its CSRF token is refused. */
    identify(call: Call): void {
        let user: User | undefined;
        const keyOf = ({ "user-id": id }: { "user-id"?: string }): string | undefined => {
            user = this.#store.table("users").find((row) => row.id === Number(id));
            return user?.hidden.hash;
        };
        const claims = verify(tokenOf(call), ["user", "sess"], keyOf);
        if (!claims || !user) return;
        if (claims.type === "sess" && !["GET", "OPTIONS"].includes(call.method)) {
            const csrf = call.headers["x-csrf-token"] ?? "";
            if (!verify(csrf, ["csrf"], keyOf)) throw new Refusal(empty(401));
        }
        call.user = user;
    }

    readonly mustUser: Guard = (call) => {
        if (!call.user) throw new Refusal(text(401, "User not authorized"));
    };

    readonly mustAdmin: Guard = (call) => {
        if (!call.user) throw new Refusal(text(401, "User not authorized"));
        if (!call.user.admin) throw new Refusal(text(403, "User not authorized"));
    };

    /** Finds the repository by `{repo_id}` or `{full_name}` and the caller's rights on it. */
    readonly setRepo: Guard = async (call) => {
        const { repo_id: id, full_name: name = "" } = call.params;
        const repo = id === undefined ? this.#byName(name) : this.#byId(wholeNumber(id));
        if (!repo) throw new Refusal(empty(call.user ? 404 : 401));
        call.repo = repo;
        call.rights = await this.#rights(call.user, repo);
    };

    readonly mustPull: Guard = (call) => {
        if (!call.rights?.pull) throw new Refusal(empty(call.user ? 404 : 401));
    };

    readonly mustPush: Guard = (call) => {
        if (!call.rights?.push) throw new Refusal(empty(call.user ? 404 : 401));
    };

    readonly mustRepoAdmin: Guard = (call) => {
        if (!call.user) throw new Refusal(text(401, "User not authorized"));
        if (!call.rights?.admin) throw new Refusal(text(403, "User not authorized"));
    };

    readonly setOrg: Guard = (call) => {
        const id = call.params.org_id ?? "";
        if (!/^\d+$/.test(id)) throw new Refusal(text(400, "Invalid organization ID"));
        const org = this.#store.table("orgs").find((row) => row.id === Number(id));
        if (!org) throw new Refusal(text(404, "Organization not found"));
        call.org = org;
    };

    /** The organisation's own user, its administrators on GitHub and the server's administrators. */
    readonly mustOrgAdmin: Guard = async ({ user, org }) => {
        if (!user) throw new Refusal(text(401, "User not authorized"));
        if (!org) throw new Refusal(text(400, "Organization not loaded"));
        if (org.name === user.login || user.admin) return;
        const admin = await this.#forge
            .isOrganisationAdmin(user.hidden.accessToken, org.name, user.login)
            .catch(() => Promise.reject(new Refusal(text(500, "Internal Server Error"))));
        if (!admin) throw new Refusal(text(403, "user not authorized"));
    };

    /** Remembers what GitHub says about an account and a repository. */
    keep(user: User, repo: Repo, rights: { pull: boolean; push: boolean; admin: boolean }): Permission {
        const rows = this.#store.table("permissions");
        const known = rows.find(({ userId, repoId }) => userId === user.id && repoId === repo.id);
        const { pull, push, admin } = rights;
        this.#store.touch();
        if (known) return Object.assign(known, { pull, push, admin, synced: now(), updated: now() });
        const times = { synced: now(), created: now(), updated: now() };
        const permission: Permission = { userId: user.id, repoId: repo.id, pull, push, admin, ...times };
        rows.push(permission);
        return permission;
    }

    async #rights(user: User | undefined, repo: Repo): Promise<Rights> {
        const none = { pull: false, push: false, admin: false, synced: 0, created: 0, updated: 0 };
        const visible = repo.visibility === "public" || (repo.visibility === "internal" && user !== undefined);
        if (!user) return { ...none, pull: visible };
        let permission = this.#store
            .table("permissions")
            .find(({ userId, repoId }) => userId === user.id && repoId === repo.id);
        if ((permission?.synced ?? 0) + permissionAge < now()) {
            const fresh = await this.#forge
                .repoById(user.hidden.accessToken, repo.forge_remote_id)
                .catch(() => undefined);
            if (fresh) permission = this.keep(user, repo, fresh.rights);
        }
        const { pull, push, admin, synced, created, updated } = permission ?? none;
        const all = user.admin;
        return { pull: all || pull || visible, push: all || push, admin: all || admin, synced, created, updated };
    }

    #byId(id: number): Repo | undefined {
        return this.#store.table("repos").find((row) => row.id === id);
    }

    #byName(fullName: string): Repo | undefined {
        const same = (name: string): boolean => name.toLowerCase() === fullName.toLowerCase();
        const repo = this.#store.table("repos").find(({ full_name: name }) => same(name));
        if (repo) return repo;
        const moved = this.#store.table("redirections").find((row) => same(row.fullName));
        return moved && this.#byId(moved.repoId);
    }
}

/** The token of a request: header, query, then the session's cookie. */
export function tokenOf(call: Call): string {
    const bearer = /^Bearer (\S+)/.exec(call.headers.authorization ?? "")?.[1];
    if (bearer) return bearer;
    const cookie = /(?:^|;\s*)user_sess=([^;]+)/.exec(call.headers.cookie ?? "")?.[1];
    return call.query.get("access_token") ?? cookie ?? "";
}
