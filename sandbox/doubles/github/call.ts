import type { Account, Answer } from "./emulator.js";

/** A request to the API, already authenticated. */
export interface Call {
    readonly method: string;
    /** Path below `/api/v3`, without the query. */
    readonly path: string;
    readonly query: URLSearchParams;
    readonly params: Readonly<Record<string, string>>;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
    /** `undefined` for a request without a token. */
    readonly account: Account | undefined;
}

export interface Reply {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    /** Sent as JSON; a Buffer is sent as it is. */
    readonly body?: unknown;
}

const DOCUMENTATION = "https://docs.github.com/rest";

export const ok = (body: unknown, headers?: Reply["headers"]): Reply => ({ status: 200, body, headers });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent: Reply = { status: 204 };

/** A refusal in GitHub's shape. */
export function refusal(status: number, message: string, extra: Record<string, unknown> = {}): Reply {
    return { status, body: { message, documentation_url: DOCUMENTATION, status: String(status), ...extra } };
}

export const notFound = refusal(404, "Not Found");

/** A 422 about one field. */
export function invalid(resource: string, field: string, code: "missing_field" | "custom" | "invalid"): Reply {
    return refusal(422, "Validation Failed", { errors: [{ resource, field, code }] });
}

const HOP_BY_HOP = new Set(["connection", "content-encoding", "content-length", "transfer-encoding"]);

/** The emulator's answer as it is, or with its body completed. */
export function relayed(answer: Answer, body?: unknown): Reply {
    const headers = Object.fromEntries([...answer.headers].filter(([name]) => !HOP_BY_HOP.has(name)));
    return { status: answer.status, headers, body: body ?? answer.body };
}

/** The request's JSON object; empty where there is none. Throws `SyntaxError` on a broken one. */
export function objectIn(call: Call): Record<string, unknown> {
    if (call.body.length === 0) return {};
    const value: unknown = JSON.parse(call.body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** GitHub's time format: whole seconds. */
export const timestamp = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");

/** One page of a list as `per_page` and `page` ask, with the `Link` header of further pages. */
export function page<T>(call: Call, all: readonly T[], root: string, shown: (items: readonly T[]) => unknown): Reply {
    const size = Math.min(Math.max(Number(call.query.get("per_page") ?? 30) || 30, 1), 100);
    const number = Math.max(Number(call.query.get("page") ?? 1) || 1, 1);
    const last = Math.max(Math.ceil(all.length / size), 1);
    const items = all.slice((number - 1) * size, number * size);
    if (number >= last) return ok(shown(items));
    const query = new URLSearchParams(call.query);
    const link = (to: number, rel: string) => {
        query.set("page", String(to));
        return `<${root}${call.path}?${query}>; rel="${rel}"`;
    };
    return ok(shown(items), { link: `${link(number + 1, "next")}, ${link(last, "last")}` });
}
