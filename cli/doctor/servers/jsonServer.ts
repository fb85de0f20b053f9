import { wordsOf } from "../../../jobs/lib/errors.js";
import type { HttpClient, HttpReply } from "../../../jobs/lib/http.js";
import { ServerDown } from "./serverDown.js";

/** An answer that refuses: the server is there and says no. */
export class Refusal extends Error {
    override readonly name = "Refusal";

    constructor(
        readonly status: number,
        message: string,
        /** The server's own words. */
        readonly words: string,
    ) {
        super(message);
    }
}

export interface JsonServerOptions {
    readonly name: string;
    /** With a slash at its end. */
    readonly url: URL;
    readonly headers?: Readonly<Record<string, string>>;
    /** For one request. */
    readonly timeoutMs: number;
    /** What to do when the token is not accepted. */
    readonly login?: string;
}

/** Takes in answers such as a repository's whole list of files. */
const MAX_BYTES = 16 << 20;
const MAX_PAGES = 200;

/** A server of JSON over HTTP, asked for reading. */
export class JsonServer {
    constructor(
        private readonly http: HttpClient,
        readonly options: JsonServerOptions,
    ) {}

    /** @throws ServerDown, Refusal */
    async get<T>(path: string): Promise<T> {
        return this.#json(await this.#answer("GET", path), path) as T;
    }

    /** Undefined where the server says 404. */
    async find<T>(path: string): Promise<T | undefined> {
        try {
            return await this.get<T>(path);
        } catch (error) {
            if (error instanceof Refusal && error.status === 404) return undefined;
            throw error;
        }
    }

    async post<T>(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<T> {
        return this.#json(await this.#answer("POST", path, { body: JSON.stringify(body), headers }), path) as T;
    }

    /** The headers of an answer. */
    async headers(path: string): Promise<HttpReply["headers"]> {
        return (await this.#answer("GET", path)).headers;
    }

    /**
     * A list, page after page.
     *
     * @param size entries a page, as the path asks for
     * @param pick where the list is in an answer
     */
    async pages<T>(path: string, size: number, pick = (answer: unknown) => answer as T[]): Promise<T[]> {
        const all: T[] = [];
        for (let page = 1; page <= MAX_PAGES; page++) {
            const entries = pick(await this.get(`${path}${path.includes("?") ? "&" : "?"}page=${page}`)) ?? [];
            all.push(...entries);
            if (entries.length < size) break;
        }
        return all;
    }

    async #answer(
        method: string,
        path: string,
        { body, headers = {} }: { body?: string; headers?: Readonly<Record<string, string>> } = {},
    ): Promise<HttpReply> {
        const { name, url, timeoutMs, login } = this.options;
        let reply: HttpReply;
        try {
            reply = await this.http.request(new URL(path, url), {
                method,
                headers: {
                    accept: "application/json",
                    "user-agent": "cicd-doctor",
                    ...(body !== undefined && { "content-type": "application/json" }),
                    ...this.options.headers,
                    ...headers,
                },
                ...(body !== undefined && { body }),
                maxBytes: MAX_BYTES,
                timeoutMs,
            });
        } catch (error) {
            throw new ServerDown(name, `${url.origin} does not answer: ${wordsOf(error)}`, `curl -sSI ${url.href}`);
        }
        const { status } = reply;
        if (status >= 200 && status < 300) return reply;
        const words = wordsIn(reply);
        if (isOverloaded(status, method))
            throw new ServerDown(name, `${url.origin} answers ${status} ${words}`, `curl -sSI ${url.href}`);
        if (status === 401 && login) {
            throw new ServerDown(name, `${url.origin} does not accept the token: 401 ${words}`, login);
        }
        throw new Refusal(status, `${name}, ${method} ${path.split("?")[0]}: ${status} ${words}`.trim(), words);
    }

    #json({ body }: HttpReply, path: string): unknown {
        const { name, url } = this.options;
        if (body.length === 0) return undefined;
        try {
            return JSON.parse(body.toString("utf8"));
        } catch {
            const mend = `curl -sS ${new URL(path, url).href}`;
            throw new ServerDown(name, `${url.origin} answers with something that is not JSON: is it ${name}?`, mend);
        }
    }
}

/** A request that is not understood may end with 500 too, where it asks for something to be done. */
const isOverloaded = (status: number, method: string) => status >= 500 && (status !== 500 || method === "GET");

function wordsIn({ body }: HttpReply): string {
    const text = body.toString("utf8", 0, 2000);
    try {
        const { errors, message } = JSON.parse(text) as { errors?: unknown; message?: unknown };
        const said = [message, ...(Array.isArray(errors) ? errors : [])].filter((word) => typeof word === "string");
        return said.join("; ").replace(/\s+/g, " ").trim();
    } catch {
        return text.startsWith("<") ? "an HTML page" : text.trim().slice(0, 200);
    }
}
