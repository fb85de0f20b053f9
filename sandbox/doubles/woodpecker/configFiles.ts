import { request } from "./github.js";
import type { Repo } from "./model.js";

/** A workflow file as it lies in the repository. */
export interface WorkflowFile {
    readonly path: string;
    readonly text: string;
}

const defaultPaths = [".woodpecker/", ".woodpecker.yaml", ".woodpecker.yml"];

interface Content {
    readonly name: string;
    readonly type?: string;
    readonly content?: string;
}

/**
 * The workflow files of a commit: those of `.woodpecker/`, else the one file in the root; the repository may name another
 * place. A sub-directory in that directory is an error, as the GitHub driver fetches every entry as a file.
 *
 * @returns `undefined` where the commit has no configuration
 */
export async function fetchWorkflowFiles(
    githubUrl: string,
    token: string,
    repo: Repo,
    sha: string,
): Promise<readonly WorkflowFile[] | undefined> {
    const configured = repo.config_file.trim();
    for (const path of configured === "" ? defaultPaths : [configured]) {
        const folder = path.endsWith("/");
        const content = await contents(path.replace(/\/$/, ""));
        if (content === undefined) continue;
        if (!folder) {
            if (Array.isArray(content)) throw new Error(`${path} is a folder not a file use Dir(..)`);
            const text = decoded(content);
            if (text !== "") return [{ path, text }];
            continue;
        }
        const entries = Array.isArray(content) ? content : [];
        const files = await Promise.all(entries.map(({ name }) => file(`${path}${name}`)));
        const workflows = files.filter(({ path }) => /\.ya?ml$/.test(path));
        if (workflows.length > 0) return workflows;
    }
    return undefined;

    async function contents(path: string): Promise<Content | Content[] | undefined> {
        const url = `${githubUrl}/api/v3/repos/${repo.full_name}/contents/${path}?ref=${sha}`;
        const { status, statusText, body } = await request(url, token);
        if (status === 404) return undefined;
        if (status !== 200) throw new Error(`GET ${url}: ${status} ${statusText}`);
        return body as Content | Content[];
    }

    async function file(path: string): Promise<WorkflowFile> {
        const content = await contents(path);
        if (content === undefined) throw new Error(`git tree reported existence of file but we got: ${path}`);
        if (Array.isArray(content)) throw new Error(`${path} is a folder not a file use Dir(..)`);
        return { path, text: decoded(content) };
    }
}

const decoded = (content: Content): string => Buffer.from(content.content ?? "", "base64").toString();

/** `deploy` for `.woodpecker/deploy.yml`, `woodpecker` for `.woodpecker.yml`. */
export function workflowName(path: string): string {
    return (path.split("/").at(-1) ?? path).replace(/^\.+/, "").replace(/\.ya?ml$/, "");
}
