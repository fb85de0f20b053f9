import { parseDocument } from "yaml";
import { appDocuments } from "../../../components/app/documents.js";
import type { ManagedFile } from "../../../components/github/repositoryContent.js";
import { infraDocuments, infraPipelines } from "../../../components/infra/pipelines.js";
import { woodpeckerQuotes } from "../../../policies/checks/woodpeckerQuotes.js";
import { woodpeckerSecretsList } from "../../../policies/checks/woodpeckerSecretsList.js";
import { makeCheck } from "../check.js";
import { broken, type Finding, warning } from "../finding.js";
import type { JsonServer } from "../servers/jsonServer.js";
import type { World } from "../world.js";

/** A file on a repository's branch. */
interface File {
    readonly repository: string;
    readonly branch: string;
    readonly path: string;
    /** Undefined: it is not there. */
    readonly content?: string | undefined;
    /** What this program puts there; undefined for somebody else's. */
    readonly declared?: string | undefined;
}

interface Facts {
    readonly up: string;
    readonly files: readonly File[];
    /** Folders below `.woodpecker`, as `repository: path`. */
    readonly folders: readonly { readonly repository: string; readonly path: string }[];
}

interface Entry {
    readonly type: "file" | "dir" | "symlink";
    readonly path: string;
}

export const githubFiles = makeCheck({
    name: "github-files",
    proves: "pipeline files are as declared, and Woodpecker can read every file beside them",
    applies: ({ delivery, infra }) => delivery !== undefined || infra !== undefined,
    read: async (world): Promise<Facts> => {
        const github = await world.github();
        const { infra } = world.settings;
        const places = new Map([
            ...world.apps.map(({ repository, branches }) => place(repository.fullName, branches[0])),
            ...(infra ? [place(infra.repository, infra.branch)] : []),
        ]);
        const declared = declaredFiles(world);
        const found = await Promise.all([...places.values()].map((each) => filesAt(github, each, declared)));
        return {
            up: world.up,
            files: found.flatMap(({ files }) => files),
            folders: found.flatMap(({ folders }) => folders),
        };
    },
    judge: ({ up, files, folders }: Facts) => ({
        looked: files.map(({ repository, path }) => `${repository} ${path}`),
        findings: [
            ...files.flatMap((file) => judgeFile(file, up)),
            ...folders.map(({ repository, path }) =>
                broken(
                    repository,
                    `${path} is a folder: Woodpecker can read no file of the repository because of it`,
                    `git mv ${path}/* .woodpecker-shared/ && git commit -m "Move ${path} away" && git push`,
                ),
            ),
        ],
    }),
});

function judgeFile(file: File, up: string): Finding[] {
    const { repository, branch, path, content, declared } = file;
    const subject = `${repository} ${path}`;
    if (content === undefined) return [broken(subject, `is missing on ${branch}`, up)];
    const edit = declared === undefined ? `gh repo clone ${repository} && $EDITOR ${path}` : up;
    const unreadable = path.startsWith(".woodpecker/") ? unreadableWords(path, content) : undefined;
    if (unreadable) return [broken(subject, `${unreadable}; it stops every pipeline of the repository`, edit)];
    if (declared !== undefined && content !== declared) return [broken(subject, "was edited by hand", up)];
    if (declared !== undefined || !path.startsWith(".woodpecker/")) return [];
    const lists = woodpeckerSecretsList.find(asResource(path, content));
    return lists.map(({ message }) => warning(subject, `${message}, which Woodpecker ignores without a word`, edit));
}

/** Why Woodpecker cannot read a file, and the line that is to blame. */
function unreadableWords(path: string, content: string): string | undefined {
    const { errors } = parseDocument(content);
    const bare = woodpeckerQuotes.find(asResource(path, content)).map(({ subject }) => subject);
    const several = bare.find((line) => (line.match(/\$\{/g) ?? []).length > 1);
    const culprit = several ?? (errors.length > 0 ? bare[0] : undefined);
    if (culprit) return `"did not find expected key": ${culprit} stands without quotes`;
    return errors[0] && `is no YAML: ${errors[0].message.split("\n")[0]}`;
}

const place = (repository: string, branch: string) => [`${repository}@${branch}`, { repository, branch }] as const;

const asResource = (file: string, content: string) => ({
    type: "github:index/repositoryFile:RepositoryFile",
    name: file,
    properties: { file, content },
    secretPaths: new Set<string>(),
});

async function filesAt(
    github: JsonServer,
    { repository, branch }: { repository: string; branch: string },
    declared: ReadonlyMap<string, string>,
): Promise<Pick<Facts, "files" | "folders">> {
    const prefix = `${repository} `;
    const own = [...declared.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    const entries = (await github.find<Entry[]>(`repos/${repository}/contents/.woodpecker?ref=${branch}`)) ?? [];
    const others = entries.filter(({ type, path }) => type === "file" && /\.ya?ml$/.test(path)).map(({ path }) => path);
    const paths = [...new Set([...own, ...others])];
    const files = paths.map(async (path) => ({
        repository,
        branch,
        path,
        content: await textOf(github, `repos/${repository}/contents/${path}?ref=${branch}`),
        declared: declared.get(prefix + path),
    }));
    const folders = entries.filter(({ type }) => type === "dir").map(({ path }) => ({ repository, path }));
    return { files: await Promise.all(files), folders };
}

async function textOf(github: JsonServer, path: string): Promise<string | undefined> {
    const file = await github.find<{ content?: string }>(path);
    return file && Buffer.from(file.content ?? "", "base64").toString("utf8");
}

/** What the program writes, by `repository path`. */
function declaredFiles({ apps, settings }: World): Map<string, string> {
    const { delivery, credentials, infra } = settings;
    const slack = credentials.slackWebhook !== undefined;
    const named = (repository: string, files: readonly ManagedFile[]) =>
        files.map(({ path, content }) => [`${repository} ${path}`, content] as [string, string]);
    return new Map([
        ...apps.flatMap((app) => {
            const builtElsewhere = infra?.portal?.name === app.name;
            return delivery
                ? named(app.repository.fullName, appDocuments(app, { delivery, slack, builtElsewhere }))
                : [];
        }),
        ...(infra ? named(infra.repository, infraDocuments(infraPipelines({ infra, slack }))) : []),
    ]);
}
