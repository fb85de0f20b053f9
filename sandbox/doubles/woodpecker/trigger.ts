import { type Event, now, type Pipeline, type Repo } from "./model.js";
import { VERSION } from "./settings.js";

/** What starts a pipeline; everything left out is empty. */
export type Trigger = Partial<Pipeline> & { readonly event: Event; readonly commit: string; readonly branch: string };

/** A row for it, without an id. */
export function newPipeline(trigger: Trigger, repo: Repo, number: number): Omit<Pipeline, "id"> {
    const {
        id: _,
        hidden: __,
        number: ___,
        created: ____,
        updated: _____,
        version: ______,
        ...given
    }: Partial<Pipeline> = trigger;
    return {
        number,
        author: "",
        parent: 0,
        event: trigger.event,
        event_reason: null,
        status: "created",
        errors: null,
        created: now(),
        updated: now(),
        started: 0,
        finished: 0,
        deploy_to: "",
        deploy_task: "",
        commit: trigger.commit,
        branch: trigger.branch,
        rerun_count: 0,
        ref: "",
        refspec: "",
        author_avatar: "",
        forge_url: "",
        reviewed_by: "",
        reviewed: 0,
        version: VERSION,
        title: "",
        message: "",
        timestamp: 0,
        sender: "",
        author_email: "",
        ...given,
        hidden: { repoId: repo.id, configIds: [] },
    };
}

/** What Woodpecker starts by itself or on request never needs approval. */
export function needsApproval(repo: Repo, trigger: Trigger): boolean {
    if (trigger.event === "cron" || trigger.event === "manual") return false;
    if (repo.approval_allowed_users?.includes(trigger.author ?? "")) return false;
    if (repo.require_approval === "all_events") return true;
    return repo.require_approval === "pull_requests" && trigger.event.startsWith("pull_request");
}
