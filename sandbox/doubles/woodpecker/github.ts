/** A reply of GitHub's API, of whatever status. */
export interface GithubReply {
    readonly status: number;
    readonly statusText: string;
    readonly body: unknown;
}

const timeoutMilliseconds = 5000;

/** @param token empty to ask as nobody */
export async function request(url: string, token: string, method = "GET", body?: unknown): Promise<GithubReply> {
    const response = await fetch(url, {
        method,
        headers: {
            ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
            accept: "application/vnd.github+json",
            "user-agent": "woodpecker-double",
            ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMilliseconds),
    });
    const text = await response.text();
    return { status: response.status, statusText: response.statusText, body: text === "" ? undefined : parsed(text) };
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
