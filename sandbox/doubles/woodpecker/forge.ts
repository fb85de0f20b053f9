import { request } from "./github.js";
import type { Pipeline, Repo, Status, Workflow } from "./model.js";
import type { Settings } from "./settings.js";

/** A repository as GitHub tells it, with what the token's account may do there. */
export interface ForgeRepo {
    readonly remoteId: string;
    readonly owner: string;
    readonly name: string;
    readonly fullName: string;
    readonly avatar: string;
    readonly url: string;
    readonly cloneUrl: string;
    readonly cloneSshUrl: string;
    readonly defaultBranch: string;
    readonly private: boolean;
    readonly rights: { readonly pull: boolean; readonly push: boolean; readonly admin: boolean };
}

export interface ForgeUser {
    readonly remoteId: string;
    readonly login: string;
    readonly email: string;
    readonly avatar: string;
    readonly accessToken: string;
}

/** The repository as GitHub's API writes it. */
export interface GithubRepository {
    readonly id: number;
    readonly name: string;
    readonly full_name?: string;
    readonly html_url?: string;
    readonly clone_url?: string;
    readonly ssh_url?: string;
    readonly default_branch?: string;
    readonly private?: boolean;
    readonly archived?: boolean;
    readonly owner: { readonly login: string; readonly avatar_url?: string };
    readonly permissions?: { readonly pull?: boolean; readonly push?: boolean; readonly admin?: boolean };
}

export function toForgeRepo(from: GithubRepository): ForgeRepo {
    return {
        remoteId: String(from.id),
        owner: from.owner.login,
        name: from.name,
        fullName: from.full_name ?? `${from.owner.login}/${from.name}`,
        avatar: from.owner.avatar_url ?? "",
        url: from.html_url ?? "",
        cloneUrl: from.clone_url ?? "",
        cloneSshUrl: from.ssh_url ?? "",
        defaultBranch: from.default_branch ?? "",
        private: from.private ?? false,
        rights: {
            pull: from.permissions?.pull ?? false,
            push: from.permissions?.push ?? false,
            admin: from.permissions?.admin ?? false,
        },
    };
}

/** The GitHub side of the server: logins, repositories, webhooks, statuses. */
export class Forge {
    readonly #settings: Settings;

    constructor(settings: Settings) {
        this.#settings = settings;
    }

    loginUrl(state: string): string {
        const query = new URLSearchParams({
            client_id: this.#settings.github.client,
            redirect_uri: `${this.#settings.host}/authorize`,
            response_type: "code",
            scope: "user:email read:org repo",
            state,
        });
        return `${this.#settings.github.url}/login/oauth/authorize?${query}`;
    }

    async login(code: string): Promise<ForgeUser> {
        const { url, client, secret } = this.#settings.github;
        const response = await fetch(`${url}/login/oauth/access_token`, {
            method: "POST",
            headers: { accept: "application/json" },
            body: new URLSearchParams({
                client_id: client,
                client_secret: secret,
                code,
                grant_type: "authorization_code",
                redirect_uri: `${this.#settings.host}/authorize`,
            }),
        });
        const { access_token: accessToken } = (await response.json()) as { access_token?: string };
        if (!accessToken) throw new Error("GitHub did not exchange the code for a token");
        const user = await this.#get<{ id: number; login: string; avatar_url?: string }>(accessToken, "/user");
        const emails = await this.#get<{ email: string; primary?: boolean; verified?: boolean }[]>(
            accessToken,
            "/user/emails",
        );
        const email = (emails.find(({ primary, verified }) => primary && verified) ?? emails[0])?.email;
        if (!email) throw new Error("no verified Email address for GitHub account");
        return {
            remoteId: String(user.id),
            login: user.login,
            email,
            avatar: user.avatar_url ?? "",
            accessToken,
        };
    }

    /** Every repository the account sees, archived ones left out. */
    async repos(token: string): Promise<ForgeRepo[]> {
        const all: GithubRepository[] = [];
        for (let number = 1; ; number++) {
            const some = await this.#get<GithubRepository[]>(token, `/user/repos?per_page=100&page=${number}`);
            all.push(...some);
            if (some.length < 100) break;
        }
        return all.filter(({ archived }) => !archived).map(toForgeRepo);
    }

    async repoById(token: string, remoteId: string): Promise<ForgeRepo> {
        return toForgeRepo(await this.#get(token, `/repositories/${encodeURIComponent(remoteId)}`));
    }

    async repoByName(token: string, fullName: string): Promise<ForgeRepo> {
        return toForgeRepo(await this.#get(token, `/repos/${fullName}`));
    }

    /** Whether the name is an organisation or a user; an error where it is neither. */
    async isUser(token: string, name: string): Promise<boolean> {
        const { status } = await request(this.#url(`/orgs/${name}`), token);
        if (status === 200) return false;
        await this.#get(token, `/users/${name}`);
        return true;
    }

    /** @throws where the account is no member: GitHub answers 404 then, which the real server does not tell from an outage */
    async isOrganisationAdmin(token: string, organisation: string, login: string): Promise<boolean> {
        const path = `/orgs/${organisation}/memberships/${login}`;
        return (await this.#get<{ role?: string }>(token, path)).role === "admin";
    }

    /** Replaces the webhook of this server by one with the given url. */
    async activate(token: string, repo: Pick<Repo, "forge_remote_id" | "owner" | "name">, url: string): Promise<void> {
        await this.deactivate(token, repo);
        await this.#send(token, "POST", `/repos/${repo.owner}/${repo.name}/hooks`, {
            name: "web",
            events: ["push", "pull_request", "pull_request_review", "deployment"],
            config: { url, content_type: "form" },
        });
    }

    async deactivate(token: string, repo: Pick<Repo, "forge_remote_id">): Promise<void> {
        const { fullName } = await this.repoById(token, repo.forge_remote_id);
        const hooks = await this.#get<{ id: number; config?: { url?: string } }[]>(token, `/repos/${fullName}/hooks`);
        const ours = new URL(this.#settings.webhookHost).host;
        const hook = hooks.find(({ config }) => URL.canParse(config?.url ?? "") && hostOf(config?.url) === ours);
        if (hook) await this.#send(token, "DELETE", `/repos/${fullName}/hooks/${hook.id}`);
    }

    async branches(token: string, repo: Repo): Promise<string[]> {
        const branches = await this.#get<{ name: string }[]>(token, `/repos/${repo.full_name}/branches?per_page=50`);
        return branches.map(({ name }) => name);
    }

    /** The latest commit of a branch; an error for a branch that does not exist. */
    async branchHead(token: string, repo: Repo, branch: string): Promise<{ sha: string; url: string }> {
        const path = `/repos/${repo.full_name}/branches/${encodeURIComponent(branch)}`;
        const { status, statusText, body } = await request(this.#url(path), token);
        if (status !== 200) throw new Error(`unexpected status code: ${status} ${statusText}`);
        const { commit } = body as { commit?: { sha?: string; html_url?: string } };
        if (!commit?.sha) throw new Error(`branch ${branch} has no commit`);
        return { sha: commit.sha, url: commit.html_url ?? "" };
    }

    /** The paths that a push changed. */
    async changedFiles(token: string, repo: Repo, before: string, after: string): Promise<string[]> {
        const base = `/repos/${repo.full_name}`;
        const path = /^0*$/.test(before) ? `${base}/commits/${after}` : `${base}/compare/${before}...${after}`;
        const { files = [] } = await this.#get<{ files?: { filename: string; previous_filename?: string }[] }>(
            token,
            path,
        );
        const names = files.flatMap(({ filename, previous_filename: previous }) => [filename, previous ?? ""]);
        return [...new Set(names.filter((name) => name !== ""))];
    }

    /** Tells GitHub how a workflow stands; of a deployment how the whole pipeline stands. */
    async postStatus(token: string, repo: Repo, pipeline: Pipeline, workflow: Workflow): Promise<void> {
        const page = `${this.#settings.host}/repos/${repo.id}/pipeline/${pipeline.number}`;
        if (pipeline.event === "deployment") {
            const id = /\/deployments\/(\d+)$/.exec(pipeline.forge_url)?.[1];
            if (id === undefined) return;
            await this.#send(token, "POST", `/repos/${repo.full_name}/deployments/${id}/statuses`, {
                state: githubState(pipeline.status),
                description: description(pipeline.status),
                log_url: page,
            });
            return;
        }
        await this.#send(token, "POST", `/repos/${repo.full_name}/statuses/${pipeline.commit}`, {
            context: `ci/woodpecker/${pipeline.event === "pull_request" ? "pr" : pipeline.event}/${workflow.name}`,
            state: githubState(workflow.state),
            description: description(workflow.state),
            target_url: `${page}/${workflow.pid}`,
        });
    }

    #url(path: string): string {
        return `${this.#settings.github.url}/api/v3${path}`;
    }

    #get<T>(token: string, path: string): Promise<T> {
        return this.#send<T>(token, "GET", path);
    }

    async #send<T>(token: string, method: string, path: string, body?: unknown): Promise<T> {
        const reply = await request(this.#url(path), token, method, body);
        if (reply.status >= 300) throw new Error(`${method} ${this.#url(path)}: ${reply.status} ${reply.statusText}`);
        return reply.body as T;
    }
}

const hostOf = (url = ""): string => new URL(url).host;

function githubState(status: Status): string {
    if (["pending", "running", "blocked", "skipped", "canceled"].includes(status)) return "pending";
    if (status === "failure" || status === "declined") return "failure";
    return status === "success" ? "success" : "error";
}

function description(status: Status): string {
    const texts: Partial<Record<Status, string>> = {
        pending: "Pipeline is pending",
        running: "Pipeline is running",
        success: "Pipeline was successful",
        failure: "Pipeline failed",
        error: "Pipeline failed",
        killed: "Pipeline was canceled",
        blocked: "Pipeline is pending approval",
        declined: "Pipeline was rejected",
    };
    return texts[status] ?? "unknown status";
}
