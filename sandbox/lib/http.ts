/** Requests to the sandbox's own servers: short time limits, errors that name the request. */

export interface Answer {
    readonly status: number;
    readonly text: string;
}

export interface RequestOptions {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    /** Sent as JSON. */
    readonly body?: unknown;
    /** Statuses that are no error. @default 200 to 299 */
    readonly accept?: readonly number[];
    /** @default 10 */
    readonly timeoutSeconds?: number;
}

export async function request(url: string, options: RequestOptions = {}): Promise<Answer> {
    const { method = "GET", headers = {}, body, accept, timeoutSeconds = 10 } = options;
    const response = await fetch(url, {
        method,
        headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
    }).catch((error: Error) => {
        const cause = error.cause instanceof Error ? error.cause.message : error.message;
        throw new Error(`${method} ${url}: ${cause}`);
    });
    const text = await response.text();
    const fine = accept === undefined ? response.ok : accept.includes(response.status);
    if (!fine) throw new Error(`${method} ${url}: ${response.status} ${text.slice(0, 300)}`);
    return { status: response.status, text };
}

export async function requestJson<T>(url: string, options: RequestOptions = {}): Promise<T> {
    return JSON.parse((await request(url, options)).text) as T;
}
