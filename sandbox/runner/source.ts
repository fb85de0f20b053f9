import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the runner reads from GitHub. */
export interface Source {
    /** The text of a file at a commit; an error that names it where it is missing. */
    file(path: string): Promise<string>;
    commit(): Promise<{ readonly message: string; readonly files: readonly string[] }>;
    variables(): Promise<Record<string, string>>;
    /** The plaintexts, which only the double of GitHub gives away. */
    secrets(): Promise<Record<string, string>>;
    /** Writes the whole tree of the commit into a directory. */
    checkout(directory: string): Promise<void>;
}

export interface SourceOptions {
    /** `http://127.0.0.1:18300/api/v3` */
    readonly apiUrl: string;
    readonly token: string;
    /** `owner/name` */
    readonly repository: string;
    readonly sha: string;
}

interface Tree {
    readonly truncated?: boolean;
    readonly tree: readonly {
        readonly path: string;
        readonly type: string;
        readonly sha: string;
        readonly mode: string;
    }[];
}

export function sourceOf({ apiUrl, token, repository, sha }: SourceOptions): Source {
    const read = async <T>(url: string): Promise<T> => {
        const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
        if (!response.ok) throw new Error(`GET ${url}: ${response.status} ${await response.text()}`);
        return (await response.json()) as T;
    };
    const repositoryUrl = `${apiUrl}/repos/${repository}`;
    return {
        async file(path) {
            const { content } = await read<{ content: string }>(`${repositoryUrl}/contents/${path}?ref=${sha}`);
            return Buffer.from(content, "base64").toString("utf8");
        },
        async commit() {
            type Commit = { commit: { message: string }; files?: readonly { filename: string }[] };
            const { commit, files = [] } = await read<Commit>(`${repositoryUrl}/commits/${sha}`);
            return { message: commit.message, files: files.map((file) => file.filename) };
        },
        async variables() {
            type Variables = { variables: readonly { name: string; value: string }[] };
            const { variables } = await read<Variables>(`${repositoryUrl}/actions/variables?per_page=100`);
            return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
        },
        secrets: () => read(`${new URL(apiUrl).origin}/_sandbox/secrets/${repository}`),
        async checkout(directory) {
            const { tree, truncated } = await read<Tree>(`${repositoryUrl}/git/trees/${sha}?recursive=1`);
            if (truncated) throw new Error(`${repository} at ${sha}: the tree is too large to be checked out here`);
            for (const { path, type, sha: blob, mode } of tree) {
                if (type !== "blob") continue;
                const { content } = await read<{ content: string }>(`${repositoryUrl}/git/blobs/${blob}`);
                const target = join(directory, path);
                mkdirSync(dirname(target), { recursive: true });
                writeFileSync(target, Buffer.from(content, "base64"), { mode: mode === "100755" ? 0o755 : 0o644 });
            }
        },
    };
}
