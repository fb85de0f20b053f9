export interface Answer {
    readonly status: number;
    readonly headers: Headers;
    readonly text: string;
}

type Row = Readonly<Record<string, unknown>>;

export interface Step {
    readonly id: number;
    readonly name: string;
    readonly state: string;
    readonly type: string;
    readonly exit_code: number;
    readonly error?: string;
    readonly pid: number;
    readonly ppid: number;
    readonly started?: number;
    readonly finished?: number;
}

export interface Workflow {
    readonly id: number;
    readonly pid: number;
    readonly name: string;
    readonly state: string;
    readonly error?: string;
    readonly started?: number;
    readonly finished?: number;
    readonly children?: readonly Step[];
}

export interface Pipeline extends Row {
    readonly number: number;
    readonly status: string;
    readonly event: string;
    readonly commit: string;
    readonly errors: readonly { type: string; message: string; is_warning: boolean; data: unknown }[] | null;
    readonly workflows?: readonly Workflow[];
}

const over = ["success", "failure", "error", "killed", "canceled", "skipped", "declined"];

/** Woodpecker's API, as one account or as a guest. */
export class Client {
    readonly url: string;
    readonly token: string | undefined;

    constructor(url: string, token?: string) {
        this.url = url;
        this.token = token;
    }

    async ask(method: string, path: string, body?: unknown, type = "application/json"): Promise<Answer> {
        const response = await fetch(this.url + path, {
            method,
            headers: {
                ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
                ...(body === undefined ? {} : { "content-type": type }),
            },
            body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
            redirect: "manual",
        });
        return { status: response.status, headers: response.headers, text: await response.text() };
    }

    /** The parsed body; an error where the answer is not 200. */
    async json<T = Row>(method: string, path: string, body?: unknown): Promise<T> {
        const { status, text } = await this.ask(method, path, body);
        if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`);
        return JSON.parse(text) as T;
    }

    /** Activates the repository, or finds it where it is active. */
    async activate(remoteId: number, fullName: string): Promise<number> {
        await this.ask("POST", `/api/repos?forge_remote_id=${remoteId}`);
        return (await this.json<{ id: number }>("GET", `/api/repos/lookup/${fullName}`)).id;
    }

    run(repo: number, variables: Readonly<Record<string, string>> = {}): Promise<Pipeline> {
        return this.json("POST", `/api/repos/${repo}/pipelines`, { branch: "main", variables });
    }

    /** The pipeline once nothing of it runs any more. */
    async ended(repo: number, number: number): Promise<Pipeline> {
        let pipeline: Pipeline | undefined;
        await until(`pipeline ${number} to end`, async () => {
            pipeline = await this.json<Pipeline>("GET", `/api/repos/${repo}/pipelines/${number}`);
            return over.includes(pipeline.status);
        });
        return pipeline as Pipeline;
    }

    async runToEnd(repo: number, variables: Readonly<Record<string, string>> = {}): Promise<Pipeline> {
        return this.ended(repo, (await this.run(repo, variables)).number);
    }

    /** The lines of a step's log; waits for the first one, as the agent hands them over late. */
    async log(repo: number, pipeline: Pipeline, stepName: string): Promise<string[]> {
        const step = pipeline.workflows?.flatMap(({ children = [] }) => children).find(({ name }) => name === stepName);
        if (!step) throw new Error(`pipeline ${pipeline.number} has no step ${stepName}`);
        let lines: { data: string }[] = [];
        let seen = -1;
        await until(
            `the log of ${stepName}`,
            async () => {
                lines =
                    (await this.json<{ data: string }[] | null>(
                        "GET",
                        `/api/repos/${repo}/logs/${pipeline.number}/${step.id}`,
                    )) ?? [];
                const complete = lines.length > 0 && lines.length === seen;
                seen = lines.length;
                return complete;
            },
            300,
        );
        return lines.map(({ data }) => Buffer.from(data ?? "", "base64").toString());
    }
}

/** Repeats the question until it is answered with yes; an answer that throws counts as no. */
export async function until(
    what: string,
    question: () => Promise<boolean>,
    everyMilliseconds = 50,
    seconds = 20,
): Promise<void> {
    const end = Date.now() + seconds * 1000;
    let last: unknown;
    while (Date.now() < end) {
        try {
            if (await question()) return;
        } catch (error) {
            last = error;
        }
        await new Promise((resolve) => setTimeout(resolve, everyMilliseconds));
    }
    throw new Error(`waited ${seconds} s for ${what}${last ? `: ${last}` : ""}`);
}
