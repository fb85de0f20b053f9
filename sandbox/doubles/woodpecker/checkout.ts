import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { request } from "./github.js";

interface TreeEntry {
    readonly path: string;
    readonly type: string;
    readonly mode: string;
    readonly sha: string;
}

/** A commit of `owner/name`. */
export interface Commit {
    readonly repository: string;
    readonly sha: string;
}

/** Writes the files of a commit, fetched from GitHub's API; resolves with their number. There is no `.git`. */
export async function checkOut(
    githubUrl: string,
    token: string,
    { repository, sha: commit }: Commit,
    directory: string,
): Promise<number> {
    const base = `${githubUrl}/api/v3/repos/${repository}/git`;
    const { tree } = await get<{ tree: readonly TreeEntry[] }>(`${base}/trees/${commit}?recursive=1`);
    const files = tree.filter(({ type }) => type === "blob");
    for (const { path, sha, mode } of files) {
        const { content } = await get<{ content: string }>(`${base}/blobs/${sha}`);
        const file = join(directory, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, Buffer.from(content, "base64"));
        if (mode === "100755") await chmod(file, 0o755);
    }
    return files.length;

    async function get<T>(url: string): Promise<T> {
        const { status, statusText, body } = await request(url, token);
        if (status !== 200) throw new Error(`clone: GET ${url}: ${status} ${statusText}`);
        return body as T;
    }
}
