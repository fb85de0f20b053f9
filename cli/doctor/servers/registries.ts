import { wordsOf } from "../../../jobs/lib/errors.js";
import type { HttpClient, HttpReply } from "../../../jobs/lib/http.js";
import { BearerTokens } from "../../../jobs/lib/registry/bearer.js";
import { MANIFEST_TYPES } from "../../../jobs/lib/registry/manifest.js";
import { ServerDown } from "./serverDown.js";

export interface Login {
    readonly username: string;
    readonly password: string;
}

/** An image as a registry knows it. */
export interface Place {
    /** Host and port. */
    readonly host: string;
    readonly repository: string;
    /** Tag or digest. */
    readonly reference: string;
}

/** What a registry says to a question. */
export type Answer = "there" | "missing" | "denied";

const DOCKER_HUB = "registry-1.docker.io";

/** Where an image is pulled from: names without a host are on Docker Hub, those of one word in its `library`. */
export function placeOf(image: string): Place {
    const [name = "", digest] = image.split("@", 2);
    const colon = name.lastIndexOf(":");
    const tagged = colon > name.lastIndexOf("/");
    const repository = tagged ? name.slice(0, colon) : name;
    const reference = digest ?? (tagged ? name.slice(colon + 1) : "latest");
    const first = repository.split("/", 1)[0] ?? "";
    const hasHost = repository.includes("/") && (/[.:]/.test(first) || first === "localhost");
    if (hasHost && first !== "docker.io")
        return { host: first, repository: repository.slice(first.length + 1), reference };
    const path = hasHost ? repository.slice(first.length + 1) : repository;
    return { host: DOCKER_HUB, repository: path.includes("/") ? path : `library/${path}`, reference };
}

/** Registries, asked as a pull does: with a login where they want one. */
export class Registries {
    constructor(
        private readonly http: HttpClient,
        private readonly timeoutMs: number,
        /** Who logs in at a host. */
        private readonly loginFor: (host: string) => Login | undefined,
    ) {}

    /** Whether a manifest is there. @throws ServerDown */
    async manifest(image: string): Promise<Answer> {
        const { host, repository, reference } = placeOf(image);
        const reply = await this.#ask(host, `${repository}/manifests/${reference}`, this.loginFor(host), {
            accept: MANIFEST_TYPES.join(", "),
        });
        if (reply.status === 404) return "missing";
        if (reply.status === 401 || reply.status === 403) return "denied";
        if (reply.status === 200) return "there";
        throw new ServerDown(nameOf(host), `answers ${reply.status}`, `curl -sSI ${originOf(host)}/v2/`);
    }

    /** Whether a login is accepted; `open` where the registry wants none. @throws ServerDown */
    async login(host: string, login: Login): Promise<"accepted" | "denied" | "open"> {
        const bare = await this.#request(host, new URL("/v2/", originOf(host)), {});
        if (bare.status === 200) return "open";
        const reply = await this.#ask(host, "", login, {});
        return reply.status === 200 ? "accepted" : "denied";
    }

    async #ask(host: string, path: string, login: Login | undefined, headers: Record<string, string>) {
        const url = new URL(`/v2/${path}`, originOf(host));
        const first = await this.#request(host, url, headers);
        if (first.status !== 401) return first;
        const challenge = String(first.headers["www-authenticate"] ?? "");
        if (/^basic/i.test(challenge)) {
            return login ? this.#request(host, url, { ...headers, authorization: basic(login) }) : first;
        }
        const tokens = new BearerTokens(this.http, login && basic(login));
        const isGranted = await this.#reach(host, url, () => tokens.answer(path, challenge, this.timeoutMs));
        const authorization = tokens.headerFor(path);
        return isGranted && authorization ? this.#request(host, url, { ...headers, authorization }) : first;
    }

    #request(host: string, url: URL, headers: Readonly<Record<string, string>>): Promise<HttpReply> {
        return this.#reach(host, url, () =>
            this.http.request(url, { headers, timeoutMs: this.timeoutMs, maxBytes: 4 << 20 }),
        );
    }

    async #reach<T>(host: string, url: URL, ask: () => Promise<T>): Promise<T> {
        try {
            return await ask();
        } catch (error) {
            const mend = `curl -sSI ${originOf(host)}/v2/`;
            throw new ServerDown(nameOf(host), `${url.origin} does not answer: ${wordsOf(error)}`, mend);
        }
    }
}

const nameOf = (host: string) => `Registry ${host}`;

/** Registries on this machine speak plain HTTP, as container engines take it. */
export function originOf(host: string): string {
    return `${/^(localhost|127\.\d+\.\d+\.\d+)(:|$)/.test(host) ? "http" : "https"}://${host}`;
}

function basic({ username, password }: Login): string {
    return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
