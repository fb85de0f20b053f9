import { z } from "zod";
import { bind, type Call, empty, json, page, type Reply, type Route, route, text } from "../http.js";
import { type Cron, now, type Repo, type User } from "../model.js";
import type { Created } from "../pipelines.js";
import type { Trigger } from "../trigger.js";
import type { Parts } from "./parts.js";
import { answered } from "./pipelines.js";

const given = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined);
const input = z.object({
    name: given(z.string()),
    schedule: given(z.string()),
    timezone: given(z.string()),
    branch: given(z.string()),
    enabled: given(z.boolean()),
    variables: given(z.record(z.string(), z.string())),
});

/** Crons of a repository. */
export function cronRoutes(parts: Parts): readonly Route[] {
    const { store, access, schedule } = parts;
    const guards = [access.setRepo, access.mustPull, access.mustPush];
    const path = "/api/repos/{repo_id}/cron";
    const all = ({ repo }: Call): Cron[] =>
        store
            .table("crons")
            .filter((row) => row.repo_id === repo?.id)
            .sort((a, b) => (a.name < b.name ? -1 : 1));

    const withCron =
        (handler: (call: Call, cron: Cron) => Reply | Promise<Reply>) =>
        (call: Call): Reply | Promise<Reply> => {
            const id = call.params.cron ?? "";
            if (!/^-?\d+$/.test(id))
                return text(400, `Error parsing cron id. strconv.ParseInt: parsing "${id}": invalid syntax`);
            const cron = all(call).find((row) => row.id === Number(id));
            return cron ? handler(call, cron) : empty(404);
        };

    async function create(call: Call): Promise<Reply> {
        const fields = bind(call, input, (reason) => text(400, `Error parsing request. ${reason}`));
        const name = fields.name?.trim() ?? "";
        const when = fields.schedule?.trim() ?? "";
        const timezone = fields.timezone?.trim() || "UTC";
        const branch = fields.branch?.trim() ?? "";
        const invalid = (reason: string): Reply => text(422, `Error inserting cron. validate failed: ${reason}`);
        if (name === "") return invalid("name is required");
        if (when === "") return invalid("schedule is required");
        const { scheduleError, timezoneError, next = 0 } = await schedule.next(when, timezone);
        if (scheduleError) return invalid(`can't parse schedule: ${scheduleError}`);
        if (timezoneError) return invalid(`can't parse timezone: ${timezoneError}`);
        if (next === 0)
            return text(
                400,
                "Error inserting cron. schedule could not parsed: cron schedule yields no future execution time",
            );
        const missing = branch === "" ? undefined : await branchProblem(call, branch);
        if (missing) return missing;
        if (all(call).some((row) => row.name === name)) return text(409, "cron with this exists for this repo already");
        return json(
            store.insert("crons", {
                name,
                repo_id: call.repo?.id ?? 0,
                creator_id: call.user?.id ?? 0,
                next_exec: next,
                schedule: when,
                timezone,
                created: now(),
                branch,
                // Left out means disabled.
                enabled: fields.enabled ?? false,
                variables: fields.variables ?? null,
            } satisfies Omit<Cron, "id">),
        );
    }

    /** Merges what is given; empty texts are ignored. */
    async function change(call: Call, cron: Cron): Promise<Reply> {
        const fields = bind(call, input, (reason) => text(400, `Error parsing request. ${reason}`));
        const branch = fields.branch?.trim() ?? "";
        const missing = branch === "" ? undefined : await branchProblem(call, branch);
        if (missing) return missing;
        const changed: Cron = {
            ...cron,
            branch: branch || cron.branch,
            timezone: fields.timezone?.trim() || cron.timezone,
            schedule: fields.schedule?.trim() || cron.schedule,
            name: fields.name?.trim() || cron.name,
            enabled: fields.enabled ?? cron.enabled,
            variables: fields.variables ?? cron.variables,
            creator_id: call.user?.id ?? 0,
        };
        const timed = fields.timezone?.trim() || fields.schedule?.trim() || fields.enabled;
        if (timed) {
            const { scheduleError, timezoneError, next = 0 } = await schedule.next(changed.schedule, changed.timezone);
            const problem = timezoneError ?? (scheduleError && `cron parse schedule: ${scheduleError}`);
            if (problem) return text(400, `Error inserting cron. schedule could not parsed: ${problem}`);
            changed.next_exec = next;
        }
        Object.assign(cron, changed);
        store.touch();
        return json(cron);
    }

    async function branchProblem(call: Call, branch: string): Promise<Reply | undefined> {
        const token = (call.user as User).hidden.accessToken;
        return parts.forge.branchHead(token, call.repo as Repo, branch).then(
            () => undefined,
            (error: Error) => text(400, `Error inserting cron. branch not resolved: ${error.message}`),
        );
    }

    return [
        route("GET", path, guards, (call) => json(page(call, all(call)))),
        route("POST", path, guards, create),
        route(
            "GET",
            `${path}/{cron}`,
            guards,
            withCron((_, cron) => json(cron)),
        ),
        route("PATCH", `${path}/{cron}`, guards, withCron(change)),
        route(
            "POST",
            `${path}/{cron}`,
            guards,
            withCron(async (_, cron) => {
                try {
                    return answered(await runCron(parts, cron), (pipeline) => parts.showRaw(pipeline));
                } catch (error) {
                    return text(500, `Error creating pipeline for cron. ${(error as Error).message}`);
                }
            }),
        ),
        route(
            "DELETE",
            `${path}/{cron}`,
            guards,
            withCron((_, cron) => {
                store.remove("crons", (row) => row.id === cron.id);
                return empty(204);
            }),
        ),
    ];
}

/** Starts a cron's pipeline on the head of its branch, with the repository owner's token. */
export async function runCron(parts: Pick<Parts, "store" | "forge" | "pipelines">, cron: Cron): Promise<Created> {
    const { store, forge, pipelines } = parts;
    const repo = store.table("repos").find(({ id }) => id === cron.repo_id);
    if (!repo?.active) throw new Error(`repository ${cron.repo_id} is not active`);
    const owner = store.table("users").find(({ id }) => id === repo.hidden.userId);
    const branch = cron.branch || repo.default_branch;
    const head = await forge.branchHead(owner?.hidden.accessToken ?? "", repo, branch);
    return pipelines.create(repo, {
        event: "cron",
        commit: head.sha,
        ref: `refs/heads/${branch}`,
        branch,
        timestamp: cron.next_exec,
        cron: cron.name,
        forge_url: head.url,
        ...(cron.variables ? { variables: cron.variables } : {}),
    } satisfies Trigger);
}
