import { request, requestJson } from "../lib/http.js";

/** Commits to one repository of the emulated GitHub, as a developer would. */
export class Repository {
    private readonly url: string;
    private readonly headers: Readonly<Record<string, string>>;

    /** @param githubUrl its root, for example `http://127.0.0.1:18300/` */
    constructor(githubUrl: string, fullName: string, token: string) {
        this.url = new URL(`api/v3/repos/${fullName}`, githubUrl).href;
        this.headers = { authorization: `Bearer ${token}` };
    }

    /** Commits a file to the default branch; returns the SHA of the commit. */
    async commit(path: string, content: string, message: string): Promise<string> {
        const present = await this.blobOf(path);
        const { commit } = await requestJson<{ commit: { sha: string } }>(`${this.url}/contents/${path}`, {
            method: "PUT",
            headers: this.headers,
            body: { message, content: Buffer.from(content).toString("base64"), sha: present },
        });
        return commit.sha;
    }

    /** Whether the default branch has the file. */
    async has(path: string): Promise<boolean> {
        return (await this.blobOf(path)) !== undefined;
    }

    private async blobOf(path: string): Promise<string | undefined> {
        const { status, text } = await request(`${this.url}/contents/${path}`, {
            headers: this.headers,
            accept: [200, 404],
        });
        return status === 404 ? undefined : (JSON.parse(text) as { sha: string }).sha;
    }
}
