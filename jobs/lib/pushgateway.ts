import type { Deadline } from "./deadline.js";
import { PlainError, wordsOf } from "./errors.js";
import type { HttpClient, HttpReply } from "./http.js";
import { type Gauge, renderMetrics } from "./metrics.js";

/** Labels that name a group of series at the gateway; `job` comes first, each value not empty. */
export type GroupingKey = { readonly job: string } & Readonly<Record<string, string>>;

/** Metrics that did not arrive; says what the gateway answered. */
export class PushError extends PlainError {
    override readonly name = "PushError";
}

const ATTEMPTS = 3;
const TIMEOUT_MS = 10_000;

export interface Push {
    readonly gateway: URL;
    readonly group: GroupingKey;
    readonly gauges: readonly Gauge[];
    /**
     * `PUT` replaces the whole group, so that no series outlives the run that wrote it; `POST` replaces only the
     * metrics it names.
     * @default "PUT"
     */
    readonly method?: "PUT" | "POST";
}

/**
 * Writes one group of metrics, trying again when the gateway cannot be reached or has trouble of its own.
 *
 * The group, not the body, must carry what tells instances apart: two bodies with different labels in one group
 * replace each other.
 *
 * @throws PushError with the gateway's words
 */
export async function push(http: HttpClient, deadline: Deadline, { gateway, group, gauges, method = "PUT" }: Push) {
    const url = new URL(`metrics${groupPath(group)}`, gateway);
    const body = renderMetrics(gauges);
    let trouble = "no time left";
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        if (attempt > 1) await deadline.sleep(500 * 2 ** attempt);
        if (deadline.passed) break;
        let reply: HttpReply;
        try {
            const timeoutMs = Math.min(TIMEOUT_MS, deadline.remainingMs);
            reply = await http.request(url, { method, headers: { "content-type": "text/plain" }, body, timeoutMs });
        } catch (error) {
            trouble = wordsOf(error);
            continue;
        }
        if (reply.status >= 200 && reply.status < 300) return;
        trouble = `${reply.status} ${reply.body.toString("utf8", 0, 2000).trim()}`.trim();
        if (reply.status < 500 && reply.status !== 429) break;
    }
    throw new PushError(`The Pushgateway at ${gateway.host} did not take the metrics: ${trouble}`);
}

/** `/job/a/instance/b`; a value with a slash goes as URL-safe base64, the gateway's own escape. */
export function groupPath(group: GroupingKey): string {
    return Object.entries(group)
        .map(([name, value]) =>
            value.includes("/")
                ? `/${name}@base64/${Buffer.from(value).toString("base64url")}`
                : `/${name}/${encodeURIComponent(value)}`,
        )
        .join("");
}
