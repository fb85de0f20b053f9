import type { HttpClient } from "../http.js";

/** Where a registry wants its tokens to be got, by the challenge of a 401. */
interface Challenge {
    readonly realm: URL;
    readonly query: URLSearchParams;
}

/** A body of more bytes is no token. */
const MAX_BYTES = 64 << 10;

/** Tokens of a registry that does not take a password itself (DockerHub, ghcr.io), one a repository. */
export class BearerTokens {
    readonly #tokens = new Map<string, string>();

    constructor(
        private readonly http: HttpClient,
        /** Header for the token server; without it the token is one for everybody. */
        private readonly login: string | undefined,
    ) {}

    /** Header for a request, where a token is known. */
    headerFor(path: string): string | undefined {
        const token = this.#tokens.get(repositoryOf(path));
        return token && `Bearer ${token}`;
    }

    /**
     * Gets the token that a 401 asks for.
     *
     * @returns whether there is a new one; not where the challenge is none of this kind, or the login is refused
     * @throws HttpFailure
     */
    async answer(path: string, header: string | undefined, timeoutMs: number): Promise<boolean> {
        const challenge = parseChallenge(header);
        if (!challenge) return false;
        const url = new URL(`${challenge.realm.href}?${challenge.query}`);
        const headers: Record<string, string> = this.login ? { authorization: this.login } : {};
        const { status, body } = await this.http.request(url, { headers, timeoutMs, maxBytes: MAX_BYTES });
        const token = status === 200 ? tokenIn(body) : undefined;
        const changed = token !== undefined && token !== this.#tokens.get(repositoryOf(path));
        if (token !== undefined) this.#tokens.set(repositoryOf(path), token);
        return changed;
    }
}

/** A password goes to the token server only past everybody's eyes. */
function parseChallenge(header: string | undefined): Challenge | undefined {
    const [, rest] = /^Bearer (.+)$/i.exec(header ?? "") ?? [];
    const fields = new Map([...(rest ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const realm = fields.get("realm") ?? "";
    if (!URL.canParse(realm)) return undefined;
    const url = new URL(realm);
    const loopback = /^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
    if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) return undefined;
    const query = new URLSearchParams();
    for (const name of ["service", "scope"]) {
        const value = fields.get(name);
        if (value) query.set(name, value);
    }
    return { realm: url, query };
}

function tokenIn(body: Buffer): string | undefined {
    try {
        const { token, access_token } = JSON.parse(body.toString("utf8"));
        const found: unknown = token ?? access_token;
        return typeof found === "string" && found !== "" ? found : undefined;
    } catch {
        return undefined;
    }
}

function repositoryOf(path: string): string {
    return path.replace(/\/(manifests|blobs|tags)\/.*$/, "");
}
