import type { components } from "@octokit/openapi-types";
import { type Call, ok, page, type Reply, relayed } from "../call.js";
import { atLeast, forward, type GitHub, get, levelOf, type Repository } from "../github.js";

type Branch = components["schemas"]["branch-with-protection"];
type Commit = components["schemas"]["commit"];

/** The emulator's repository with the caller's own permissions and the counts it leaves out. */
async function completed(github: GitHub, call: Call, repository: Repository): Promise<Repository> {
    const level = await levelOf(github, repository, call.account);
    const admin = atLeast(level, "admin");
    const push = atLeast(level, "push");
    const permissions = { admin, maintain: admin, push, triage: push, pull: atLeast(level, "pull") };
    const { permissions: _, ...rest } = repository;
    return { ...rest, network_count: 0, subscribers_count: 0, ...(call.account ? { permissions } : {}) };
}

export async function readRepository(github: GitHub, call: Call): Promise<Reply> {
    const answer = await forward(github, call);
    if (answer.status !== 200) return relayed(answer);
    return relayed(answer, await completed(github, call, answer.json as Repository));
}

async function readAll(github: GitHub, call: Call, names: Iterable<string>): Promise<Repository[]> {
    const answers = await Promise.all([...names].map((name) => get(github, `/repos/${name}`, call.account)));
    const repositories = answers.filter((answer) => answer.status === 200).map((answer) => answer.json as Repository);
    return Promise.all(repositories.map((repository) => completed(github, call, repository)));
}

export async function listOrganisationRepositories(github: GitHub, call: Call): Promise<Reply> {
    const organisation = await get(github, `/orgs/${call.params.org}`, call.account);
    if (organisation.status !== 200) return relayed(organisation);
    const repositories = await readAll(github, call, github.emulator.repositoriesOf(call.params.org ?? ""));
    return page(call, repositories, github.root, (items) => items);
}

/** The emulator leaves out the repositories of the caller's organisations. */
export async function listOwnRepositories(github: GitHub, call: Call): Promise<Reply> {
    const own = await get(github, "/user/repos?per_page=100", call.account);
    if (own.status !== 200) return relayed(own);
    const names = new Set((own.json as Repository[]).map((repository) => repository.full_name));
    const organisations = (await get(github, "/user/orgs?per_page=100", call.account)).json as { login: string }[];
    for (const { login } of organisations) for (const name of github.emulator.repositoriesOf(login)) names.add(name);
    const repositories = await readAll(github, call, [...names].sort());
    return page(call, repositories, github.root, (items) => items);
}

/** On GitHub an organisation answers here too, which the emulator does not know. */
export async function readUser(github: GitHub, call: Call): Promise<Reply> {
    const user = await forward(github, call);
    if (user.status !== 404) return relayed(user);
    const organisation = await get(github, `/orgs/${call.params.login}`, call.account);
    if (organisation.status !== 200) return relayed(user);
    return ok({ ...(organisation.json as object), type: "Organization", site_admin: false });
}

/** The emulator gives no more than name, commit hash and protection. */
export async function readBranch(github: GitHub, call: Call): Promise<Reply> {
    const answer = await forward(github, call);
    if (answer.status !== 200) return relayed(answer);
    const thin = answer.json as { name: string; protected: boolean; commit: { sha: string } };
    const repository = `${github.root}/repos/${call.params.owner}/${call.params.repo}`;
    const commit = await get(github, call.path.replace(/\/branches\/.*$/, `/commits/${thin.commit.sha}`), call.account);
    const self = `${repository}/branches/${thin.name}`;
    const branch: Branch = {
        name: thin.name,
        commit: commit.json as Commit,
        _links: { self, html: self },
        protected: thin.protected,
        protection: { enabled: thin.protected },
        protection_url: `${self}/protection`,
    };
    return ok(branch);
}
