import { tokenOf } from "../access.js";
import { type GithubRepository, toForgeRepo } from "../forge.js";
import { type Call, empty, type Reply, type Route, route, text } from "../http.js";
import type { Repo, User } from "../model.js";
import { verify } from "../tokens.js";
import type { Trigger } from "../trigger.js";
import type { Parts } from "./parts.js";
import { answered } from "./pipelines.js";
import { updateFrom } from "./repoRows.js";

interface Delivery {
    readonly repository: GithubRepository;
    readonly sender?: { readonly login?: string; readonly avatar_url?: string };
}

interface Push extends Delivery {
    readonly ref: string;
    readonly before?: string;
    readonly forced?: boolean;
    readonly deleted?: boolean;
    readonly head_commit?: {
        readonly id: string;
        readonly url?: string;
        readonly message?: string;
        readonly author?: { readonly email?: string; readonly username?: string };
    };
}

interface Deployment extends Delivery {
    readonly deployment: {
        readonly url: string;
        readonly sha: string;
        readonly ref: string;
        readonly task: string;
        readonly environment: string;
        readonly description?: string | null;
    };
}

/** Webhook deliveries of GitHub: pushes and deployments, as a form or as JSON. The token in the url is all that proves them. */
export function hookRoutes(parts: Parts): readonly Route[] {
    const { store, forge, pipelines } = parts;

    async function receive(call: Call): Promise<Reply> {
        const repo = repoOf(call);
        if (!repo) return text(400, "failure to parse token from hook");
        const event = call.headers["x-github-event"] ?? "";
        if (event !== "push" && event !== "deployment") {
            return text(200, `forge driver: explicit ignored event '${event}'`);
        }
        const delivery = payloadOf(call);
        if (!delivery) return text(400, "failure to parse hook");
        if (event === "push" && (delivery as Push).deleted) {
            return text(200, "ignoring hook: hook parsing resulted in empty pipeline");
        }
        if (String(delivery.repository.id) !== repo.forge_remote_id) {
            return text(400, "failure to parse token from hook");
        }
        const owner = store.table("users").find(({ id }) => id === repo.hidden.userId);
        if (!repo.active || !owner) return empty(204);
        const from = toForgeRepo(delivery.repository);
        updateFrom(repo, event === "push" ? { ...from, avatar: "" } : from);
        store.touch();
        const trigger =
            event === "push" ? await push(delivery as Push, repo, owner) : deployment(delivery as Deployment, repo);
        return answered(await pipelines.create(repo, trigger), (pipeline) => parts.showRaw(pipeline));
    }

    function repoOf(call: Call): Repo | undefined {
        let repo: Repo | undefined;
        const claims = verify(tokenOf(call), ["hook"], ({ "repo-forge-remote-id": remoteId }) => {
            repo = store.table("repos").find((row) => row.forge_remote_id === remoteId);
            return repo?.hidden.hash;
        });
        return claims ? repo : undefined;
    }

    async function push(hook: Push, repo: Repo, owner: User): Promise<Trigger> {
        const head = hook.head_commit;
        const tag = /^refs\/tags\/(.*)$/.exec(hook.ref)?.[1];
        const commit = head?.id ?? "";
        const before = hook.forced ? "" : (hook.before ?? "");
        const files = tag === undefined ? await forge.changedFiles(owner.hidden.accessToken, repo, before, commit) : [];
        return {
            event: tag === undefined ? "push" : "tag",
            commit,
            ref: hook.ref,
            branch: hook.ref.replace(/^refs\/heads\//, ""),
            forge_url: head?.url ?? "",
            message: head?.message ?? "",
            author_email: head?.author?.email ?? "",
            author_avatar: hook.sender?.avatar_url ?? "",
            author: hook.sender?.login ?? head?.author?.username ?? "",
            sender: hook.sender?.login ?? "",
            changed_files: files,
        };
    }

    return [route("POST", "/api/hook", [], receive)];
}

/** The deployment's payload and variables do not reach the pipeline, only its environment and task. */
function deployment({ deployment: given, sender }: Deployment, repo: Repo): Trigger {
    const isCommit = given.sha.startsWith(given.ref);
    const branch = isCommit ? repo.default_branch : given.ref;
    return {
        event: "deployment",
        commit: given.sha,
        branch,
        ref: branch.startsWith("refs/") ? branch : `refs/heads/${branch}`,
        forge_url: given.url,
        message: given.description ?? "",
        author_avatar: sender?.avatar_url ?? "",
        author: sender?.login ?? "",
        sender: sender?.login ?? "",
        deploy_to: given.environment,
        deploy_task: given.task,
    };
}

function payloadOf(call: Call): Delivery | undefined {
    const body = call.body.toString();
    const form = (call.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
    try {
        const delivery = JSON.parse(form ? (new URLSearchParams(body).get("payload") ?? "") : body) as Delivery;
        return delivery.repository ? delivery : undefined;
    } catch {
        return undefined;
    }
}
