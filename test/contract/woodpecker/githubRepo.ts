/** A repository on the emulated GitHub, as its administrator. */
export class GithubRepo {
    readonly #api: string;
    readonly fullName: string;

    constructor(origin: string, fullName: string) {
        this.#api = `${origin}/api/v3/repos/${fullName}`;
        this.fullName = fullName;
    }

    async remoteId(): Promise<number> {
        return (await this.get<{ id: number }>("")).id;
    }

    async get<T>(path: string): Promise<T> {
        return (await this.#call("GET", path)).body as T;
    }

    async post<T>(path: string, body: unknown): Promise<T> {
        return (await this.#call("POST", path, body)).body as T;
    }

    /** Writes a file and pushes it; the commit's id. */
    async put(path: string, content: string, message = `put ${path}`, branch = "main"): Promise<string> {
        const { body } = await this.#call("PUT", `/contents/${path}`, {
            message,
            content: Buffer.from(content).toString("base64"),
            branch,
            ...(await this.#sha(path, branch)),
        });
        return (body as { commit: { sha: string } }).commit.sha;
    }

    async remove(path: string, message = `remove ${path}`): Promise<void> {
        const sha = await this.#sha(path);
        if (sha) await this.#call("DELETE", `/contents/${path}`, { message, branch: "main", ...sha });
    }

    /** Leaves exactly these files in `.woodpecker/`; the pushes themselves start nothing. */
    async workflows(files: Readonly<Record<string, string>>): Promise<void> {
        const { status, body } = await this.#call("GET", "/contents/.woodpecker?ref=main", undefined, [404]);
        const present = status === 200 ? (body as { name: string }[]).map(({ name }) => name) : [];
        for (const name of present)
            if (!(name in files)) await this.remove(`.woodpecker/${name}`, `remove ${name} [skip ci]`);
        for (const [name, content] of Object.entries(files)) {
            await this.put(`.woodpecker/${name}`, content, `put ${name} [skip ci]`);
        }
    }

    async #sha(path: string, branch = "main"): Promise<{ sha: string } | undefined> {
        const { status, body } = await this.#call("GET", `/contents/${path}?ref=${branch}`, undefined, [404]);
        return status === 200 ? { sha: (body as { sha: string }).sha } : undefined;
    }

    async #call(
        method: string,
        path: string,
        body?: unknown,
        accepted: readonly number[] = [],
    ): Promise<{ status: number; body: unknown }> {
        const response = await fetch(this.#api + path, {
            method,
            headers: { authorization: "Bearer ghp_ci-admin", "content-type": "application/json" },
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        const text = await response.text();
        if (!response.ok && !accepted.includes(response.status)) {
            throw new Error(`GitHub: ${method} ${this.#api}${path}: ${response.status} ${text}`);
        }
        return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    }
}
