import { finding } from "../finding.js";
import { logicalName, type StateResource, textOf } from "../state.js";
import { type Audited, type Auditor, auditEach, nothing, together } from "./auditor.js";
import type { JsonReader } from "./json.js";

const SECRET = "github:index/actionsSecret:ActionsSecret";
const FILE = "github:index/repositoryFile:RepositoryFile";
/** Every file in here is a pipeline that gets the repository's secrets. */
const PIPELINES = ".woodpecker";
const PAGE = 100;

export interface GitHubAuditorInput {
    readonly stack: string;
    readonly state: readonly StateResource[];
    readonly owner: string;
    /** Woodpecker's own hooks begin with it. */
    readonly woodpecker: string | undefined;
    readonly connect: () => JsonReader;
}

/** Looks at what the provider does not: when a secret was written, and what stands beside the declared files and hooks. */
export function githubAuditor(input: GitHubAuditorInput): Auditor {
    return {
        system: "GitHub",
        async audit(): Promise<Audited> {
            const secrets = input.state.filter(({ type }) => type === SECRET);
            const files = input.state.filter(({ type }) => type === FILE);
            if (secrets.length + files.length === 0) return nothing;
            const api = input.connect();
            const repositories = [...new Set([...secrets, ...files].map(repositoryOf))];
            return together(
                await auditEach(
                    secrets,
                    (resource) => ({ resource: resource.urn, type: SECRET, name: titleOf(resource) }),
                    (resource) => overwritten(input, api, resource),
                ),
                await auditEach(
                    pipelineDirectories(files),
                    ({ repository, branch }) => place(input, `${repository} ${PIPELINES} on ${branch}`, FILE),
                    (directory) => strayPipelines(input, api, directory, files),
                ),
                await auditEach(
                    repositories,
                    (repository) => place(input, `hooks of ${repository}`, HOOK),
                    (repository) => strayHooks(input, api, repository),
                ),
            );
        },
    };
}

const HOOK = "github:index/repositoryWebhook:RepositoryWebhook";
const repositoryOf = ({ inputs }: StateResource) => String(inputs.repository);
const titleOf = ({ urn, inputs }: StateResource) =>
    `Actions secret ${textOf(inputs.repository) ?? ""}/${textOf(inputs.secretName) ?? logicalName(urn)}`;

function place({ owner }: GitHubAuditorInput, name: string, type: string) {
    return { resource: `github ${owner}/${name}`, type, name };
}

/** `2026-11-24 03:00:00 +0000 UTC` and `2026-11-24T03:00:00Z` -> `2026-11-24 03:00:00`. */
export function secondOf(time: unknown): string | undefined {
    const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)/.exec(String(time));
    return match ? `${match[1]} ${match[2]}` : undefined;
}

/** The value cannot be read, but GitHub tells when it was written last, and the state when this program wrote it. */
async function overwritten({ stack, owner }: GitHubAuditorInput, api: JsonReader, resource: StateResource) {
    const { repository, secretName } = resource.inputs;
    const path = `repos/${owner}/${repository}/actions/secrets/${secretName}`;
    const live = await api.get<{ updated_at?: string }>(path);
    if (!live) return [];
    const [written, ours] = [secondOf(live.updated_at), secondOf(resource.outputs.updatedAt)];
    if (written === undefined) throw new Error(`${api.server}, GET ${path}: has no updated_at`);
    if (ours === undefined || written <= ours) return [];
    return [
        finding({
            stack,
            kind: "changed",
            cause: "overwritten",
            resource: resource.urn,
            type: resource.type,
            name: titleOf(resource),
            seenBy: "audit",
            differences: [{ path: "updatedAt", declared: `${ours} UTC`, live: `${written} UTC` }],
            accept: "put the new value where the stack config takes it from, then mend",
            // --replace would write it and then delete what was just written: both have one name
            mend: `gh api -X DELETE ${path} && pulumi up --stack ${stack} --refresh --run-program --target '${resource.urn}'`,
        }),
    ];
}

interface Directory {
    readonly repository: string;
    readonly branch: string;
}

function pipelineDirectories(files: readonly StateResource[]): Directory[] {
    const found = files
        .filter(({ inputs }) => String(inputs.file).startsWith(`${PIPELINES}/`))
        .map(({ inputs }) => JSON.stringify({ repository: String(inputs.repository), branch: String(inputs.branch) }));
    return [...new Set(found)].map((text) => JSON.parse(text) as Directory);
}

async function strayPipelines(
    { stack, owner }: GitHubAuditorInput,
    api: JsonReader,
    { repository, branch }: Directory,
    files: readonly StateResource[],
) {
    const path = `repos/${owner}/${repository}/contents/${PIPELINES}?ref=${encodeURIComponent(branch)}`;
    const live = (await api.get<{ path?: string }[]>(path)) ?? [];
    if (!Array.isArray(live)) throw new Error(`${api.server}, GET ${path}: is not a list of files`);
    const declared = new Set(
        files
            .filter(({ inputs }) => inputs.repository === repository && inputs.branch === branch)
            .map(({ inputs }) => String(inputs.file)),
    );
    return live
        .map((entry) => String(entry.path))
        .filter((file) => !declared.has(file))
        .map((file) =>
            finding({
                stack,
                kind: "extra",
                cause: "undeclared",
                resource: `github ${owner}/${repository} ${file} on ${branch}`,
                type: FILE,
                name: `file ${repository}/${file}`,
                seenBy: "audit",
                differences: [{ path: "", live: "Woodpecker runs it, with the secrets of the repository" }],
                accept: "declare it in the program, or list it under cicd:drift.expected with a reason",
                mend: `git rm ${file} && git commit -m "Remove ${file}" && git push`,
            }),
        );
}

interface Hook {
    readonly id: number;
    readonly active?: boolean;
    readonly events?: readonly string[];
    readonly config?: { readonly url?: string };
}

/** A hook hears of every push; a second one of Woodpecker's runs every pipeline twice. */
async function strayHooks({ stack, owner, woodpecker }: GitHubAuditorInput, api: JsonReader, repository: string) {
    const live = await listed<Hook>(api, `repos/${owner}/${repository}/hooks`);
    const ours = live.filter((hook) => woodpecker !== undefined && hook.config?.url?.startsWith(woodpecker));
    const stray = live.filter((hook) => !ours.includes(hook));
    return [...stray, ...ours.slice(1)].map((hook) =>
        finding({
            stack,
            kind: "extra",
            cause: "undeclared",
            resource: `github ${owner}/${repository} hook ${hook.id}`,
            type: HOOK,
            name: `hook ${hook.id} of ${repository}`,
            seenBy: "audit",
            // the query may carry a token
            differences: [{ path: "", live: `${hook.events?.join(", ")} to ${hook.config?.url?.split("?")[0]}` }],
            accept: "list it under cicd:drift.expected with a reason",
            mend: `gh api -X DELETE repos/${owner}/${repository}/hooks/${hook.id}`,
        }),
    );
}

async function listed<T>(api: JsonReader, path: string): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; ; page++) {
        const entries = (await api.get<T[]>(`${path}?per_page=${PAGE}&page=${page}`)) ?? [];
        if (!Array.isArray(entries)) throw new Error(`${api.server}, GET ${path}: is not a list`);
        all.push(...entries);
        if (entries.length < PAGE) return all;
    }
}
