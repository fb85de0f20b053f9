import { z } from "zod";
import type { ForgeRepo } from "../forge.js";
import { bind, type Call, empty, isTrue, json, page, Refusal, type Reply, type Route, route, text } from "../http.js";
import type { Org, Repo, User } from "../model.js";
import { sign } from "../tokens.js";
import type { Parts } from "./parts.js";
import { fromForge, showRepo, updateFrom } from "./repoRows.js";

const maxTimeoutMinutes = 120;

const given = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined);
const strings = given(z.array(z.string()));
const patch = z.object({
    config_file: given(z.string()),
    require_approval: given(z.string()),
    approval_allowed_users: strings,
    timeout: given(z.int()),
    visibility: given(z.string()),
    allow_pr: given(z.boolean()),
    allow_deploy: given(z.boolean()),
    cancel_previous_pipeline_events: strings,
    netrc_trusted: strings,
    trusted: given(
        z.object({ network: given(z.boolean()), volumes: given(z.boolean()), security: given(z.boolean()) }),
    ),
    config_extension_endpoint: given(z.string()),
    config_extension_exclusive: given(z.boolean()),
    config_extension_netrc: given(z.boolean()),
    registry_extension_endpoint: given(z.string()),
    registry_extension_netrc: given(z.boolean()),
    secret_extension_endpoint: given(z.string()),
    secret_extension_netrc: given(z.boolean()),
});

/** Registration of repositories: activate, change, repair, deactivate. */
export function repoRoutes({ settings, store, forge, access }: Parts): readonly Route[] {
    const { setRepo, mustPull, mustRepoAdmin, mustUser, mustAdmin } = access;
    const tokenOf = (user: User): string => user.hidden.accessToken;

    function hookUrl(repo: Repo): string {
        const claims = { type: "hook", "forge-id": "1", "repo-forge-remote-id": repo.forge_remote_id } as const;
        return `${settings.webhookHost}/api/hook?access_token=${sign(claims, repo.hidden.hash)}`;
    }

    async function organisationOf(user: User, owner: string): Promise<Org> {
        const known = store.table("orgs").find(({ name }) => name.toLowerCase() === owner.toLowerCase());
        if (known) return known;
        const isUser = await forge.isUser(tokenOf(user), owner);
        return store.insert("orgs", { forge_id: 1, name: owner, is_user: isUser } satisfies Omit<Org, "id">);
    }

    async function activate(user: User, remoteId: string): Promise<Reply> {
        if (remoteId === "" || remoteId === "0") return text(400, "No forge_remote_id provided");
        const known = store.table("repos").find((row) => row.forge_remote_id === remoteId);
        if (known?.active) return text(409, "Repository is already active.");
        let from: ForgeRepo;
        try {
            from = await forge.repoById(tokenOf(user), remoteId);
        } catch {
            return text(500, "Could not fetch repository from forge.");
        }
        if (!from.rights.admin) return text(403, "User has to be a admin of this repository");
        const stale = store.table("repos").find((row) => row.full_name === from.fullName && row !== known);
        const org = await organisationOf(user, from.owner);
        const row = known ?? { id: 0, ...fromForge(from) };
        try {
            await forge.activate(tokenOf(user), row, hookUrl(row));
        } catch {
            return text(500, "could not create webhook in forge.");
        }
        if (stale) {
            const advice = "Remove the stale repository entry and try again.";
            return text(409, `Repository already exists in Woodpecker. ${advice}`);
        }
        const { id: _, ...fresh } = row;
        const repo: Repo = known ?? store.insert("repos", fresh);
        updateFrom(repo, from);
        Object.assign(repo, { active: true, org_id: org.id });
        repo.hidden.userId = user.id;
        access.keep(user, repo, from.rights);
        return json(showRepo(repo));
    }

    function change(call: Call): Reply {
        const [repo, user] = [call.repo as Repo, call.user as User];
        const { trusted = {}, ...rest } = bind(call, patch);
        const { timeout } = rest;
        if (timeout !== undefined && timeout > maxTimeoutMinutes && !user.admin) {
            return text(403, `Timeout is not allowed to be higher than max timeout (${maxTimeoutMinutes} min)`);
        }
        const newTrust = defined(trusted);
        const trustChanges = Object.entries(newTrust).some(
            ([key, value]) => repo.trusted[key as keyof Repo["trusted"]] !== value,
        );
        if (trustChanges && !user.admin) return text(403, "Insufficient privileges");
        const { require_approval: approval, visibility } = rest;
        if (approval !== undefined && !["none", "forks", "pull_requests", "all_events"].includes(approval)) {
            return text(400, "Invalid require-approval setting");
        }
        if (timeout !== undefined && timeout < 1) return text(400, "Timeout must be at least 1 minute");
        if (visibility !== undefined && !["internal", "private", "public"].includes(visibility)) {
            return text(400, "Invalid visibility type");
        }
        Object.assign(repo, defined(rest));
        Object.assign(repo.trusted, newTrust);
        store.touch();
        return json(showRepo(repo));
    }

    async function deactivate(call: Call): Promise<Reply> {
        const repo = call.repo as Repo;
        const remove = isTrue(call.query.get("remove"));
        try {
            await forge.deactivate(tokenOf(call.user as User), repo);
        } catch (error) {
            // A repository that is gone from GitHub has no webhook left to remove.
            if (!remove && !/: 404 /.test((error as Error).message)) throw new Refusal(empty(500));
        }
        if (remove) {
            removeRows(repo.id);
        } else {
            repo.active = false;
            repo.hidden.userId = 0;
        }
        store.touch();
        return json(showRepo(repo));
    }

    /** Everything of the repository but its crons, which the real server forgets to remove. */
    function removeRows(id: number): void {
        const pipelines = store.table("pipelines").filter(({ hidden }) => hidden.repoId === id);
        const ids = new Set(pipelines.map((pipeline) => pipeline.id));
        for (const step of store.table("steps")) if (ids.has(step.pipeline_id)) store.removeLog(step.id);
        store.remove("steps", (row) => ids.has(row.pipeline_id));
        store.remove("workflows", (row) => ids.has(row.pipeline_id));
        store.remove("pipelines", (row) => ids.has(row.id));
        store.remove("configs", (row) => row.repoId === id);
        store.remove("secrets", (row) => row.repo_id === id);
        store.remove("registries", (row) => row.repo_id === id);
        store.remove("permissions", ({ repoId }) => repoId === id);
        store.remove("redirections", ({ repoId }) => repoId === id);
        store.remove("repos", (row) => row.id === id);
    }

    /** Takes over what GitHub says and makes the webhook anew; the id stays, even if the repository was made anew. */
    async function repair(repo: Repo, caller: User): Promise<void> {
        const known = store.table("users").find(({ id }) => id === repo.hidden.userId);
        const user = known ?? caller;
        repo.hidden.userId = user.id;
        const from = await forge
            .repoById(tokenOf(user), repo.forge_remote_id)
            .catch(() => forge.repoByName(tokenOf(user), repo.full_name));
        rename(repo, from);
        access.keep(user, repo, from.rights);
        await forge.activate(tokenOf(user), repo, hookUrl(repo));
    }

    function rename(repo: Repo, from: ForgeRepo): void {
        if (repo.full_name !== from.fullName) {
            store.table("redirections").push({ repoId: repo.id, fullName: repo.full_name });
        }
        updateFrom(repo, from);
        store.touch();
    }

    async function repairOr500(repo: Repo, user: User): Promise<Reply> {
        try {
            await repair(repo, user);
            return empty(204);
        } catch (error) {
            console.error(`repair of ${repo.full_name}: ${(error as Error).message}`);
            return empty(500);
        }
    }

    const one = "/api/repos/{repo_id}";
    return [
        route("GET", "/api/repos/lookup/{full_name+}", [setRepo, mustPull], ({ repo }) => json(showRepo(repo as Repo))),
        route("POST", "/api/repos", [mustUser], ({ user, query }) =>
            activate(user as User, query.get("forge_remote_id") ?? ""),
        ),
        route("GET", "/api/repos", [mustAdmin], (call) => {
            const onlyActive = isTrue(call.query.get("active"));
            const repos = store.table("repos").filter(({ active }) => active || !onlyActive);
            return json(page(call, repos).map(showRepo));
        }),
        route("POST", "/api/repos/repair", [mustAdmin], async ({ user }) => {
            const failed: number[] = [];
            for (const repo of store.table("repos").filter(({ active }) => active)) {
                const { status } = await repairOr500(repo, user as User);
                if (status !== 204) failed.push(repo.id);
            }
            if (failed.length === 0) return empty(204);
            return { status: 500, json: { error: "failed to repair some repos", failed_repos: failed } };
        }),
        route("GET", `${one}/permissions`, [setRepo], ({ rights }) => json(rights)),
        route("GET", one, [setRepo, mustPull], ({ repo }) => json(showRepo(repo as Repo))),
        route("GET", `${one}/branches`, [setRepo, mustPull], async ({ repo }) => {
            const owner = store.table("users").find(({ id }) => id === repo?.hidden.userId);
            return owner ? json(await forge.branches(tokenOf(owner), repo as Repo)) : empty(404);
        }),
        route("PATCH", one, [setRepo, mustPull, mustRepoAdmin], change),
        route("DELETE", one, [setRepo, mustPull, mustRepoAdmin], deactivate),
        route("POST", `${one}/chown`, [setRepo, mustPull, mustRepoAdmin], ({ repo, user }) => {
            (repo as Repo).hidden.userId = (user as User).id;
            store.touch();
            return json(showRepo(repo as Repo));
        }),
        route("POST", `${one}/repair`, [setRepo, mustPull, mustRepoAdmin], ({ repo, user }) =>
            repairOr500(repo as Repo, user as User),
        ),
        route("POST", `${one}/move`, [setRepo, mustPull, mustRepoAdmin], async ({ repo, user, query }) => {
            const to = query.get("to") ?? "";
            const from = await forge.repoByName(tokenOf(user as User), to).catch(() => undefined);
            if (!from) return empty(500);
            if (!from.rights.admin) return empty(401);
            rename(repo as Repo, from);
            (repo as Repo).org_id = (await organisationOf(user as User, from.owner)).id;
            access.keep(user as User, repo as Repo, from.rights);
            await forge.activate(tokenOf(user as User), repo as Repo, hookUrl(repo as Repo));
            return empty(204);
        }),
    ];
}

/** Without what was not given. */
function defined<T extends object>(value: T): Partial<T> {
    return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<T>;
}
