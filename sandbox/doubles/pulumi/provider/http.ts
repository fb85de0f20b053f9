/** HTTP with the patience that the official plugins have: failures that may pass are tried again. */

export interface RetryOptions {
    /** Further attempts after the first. */
    readonly retries: number;
    readonly waitMilliseconds: number;
    readonly cancelled?: AbortSignal;
}

/** As long as the official plugins wait for an answer. */
const timeoutMilliseconds = 60_000;

/**
 * `fetch` that tries again on a lost connection, 412 and 5xx (but 501).
 *
 * @param what the server's name for the error, for example `Vault at http://…`
 * @throws one sentence that names the server when no attempt got an answer
 */
export async function fetchWithRetries(
    what: string,
    url: string,
    request: RequestInit,
    { retries, waitMilliseconds, cancelled }: RetryOptions,
): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
        try {
            const late = AbortSignal.timeout(timeoutMilliseconds);
            const signal = cancelled === undefined ? late : AbortSignal.any([cancelled, late]);
            const response = await fetch(url, { ...request, signal });
            const mayPass = response.status === 412 || (response.status >= 500 && response.status !== 501);
            if (!mayPass || attempt === retries) {
                return response;
            }
        } catch (error) {
            if (attempt === retries || cancelled?.aborted) {
                throw new Error(`${what} cannot be reached: ${reasonOf(error)}`);
            }
        }
        await new Promise((resolve) => setTimeout(resolve, waitMilliseconds));
    }
}

/** The deepest reason of a failed fetch, for example `connect ECONNREFUSED 127.0.0.1:8200`. */
export function reasonOf(error: unknown): string {
    let reason = error;
    while (reason instanceof Error && reason.cause !== undefined) {
        reason = reason.cause;
    }
    if (reason instanceof AggregateError) {
        reason = reason.errors[0];
    }
    return reason instanceof Error ? reason.message : String(reason);
}
