import type { z } from "zod";
import type { Org, Repo, User } from "./model.js";

/** What the caller may do with the repository of the path. */
export interface Rights {
    readonly pull: boolean;
    readonly push: boolean;
    readonly admin: boolean;
    readonly synced: number;
    readonly created: number;
    readonly updated: number;
}

/** One request, with what the guards of its route found out. */
export interface Call {
    readonly method: string;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly body: Buffer;
    params: Readonly<Record<string, string>>;
    user?: User;
    repo?: Repo;
    rights?: Rights;
    org?: Org;
}

/** An answer: JSON, text, or neither. */
export interface Reply {
    readonly status: number;
    readonly json?: unknown;
    readonly text?: string;
    readonly headers?: Readonly<Record<string, string>>;
}

export const json = (value: unknown): Reply => ({ status: 200, json: value });
export const text = (status: number, message: string): Reply => ({ status, text: message });
export const empty = (status: number): Reply => ({ status });

/** Ends the handling of a request with this answer. */
export class Refusal extends Error {
    readonly reply: Reply;

    constructor(reply: Reply) {
        super(reply.text ?? `status ${reply.status}`);
        this.reply = reply;
    }
}

export type Handler = (call: Call) => Reply | Promise<Reply>;
/** Throws a {@link Refusal} or lets the request pass. */
export type Guard = (call: Call) => void | Promise<void>;

export interface Route {
    readonly method: string;
    readonly pattern: RegExp;
    readonly guards: readonly Guard[];
    readonly handler: Handler;
}

/** @param pattern `{name}` is one segment of the path, `{name+}` the rest of it */
export function route(method: string, pattern: string, guards: readonly Guard[], handler: Handler): Route {
    const source = pattern
        .split(/(\{\w+\+?\})/)
        .map((part) => {
            const name = /^\{(\w+)(\+?)\}$/.exec(part);
            return name ? `(?<${name[1]}>${name[2] ? ".+" : "[^/]+"})` : part.replace(/[.]/g, "\\.");
        })
        .join("");
    return { method, pattern: new RegExp(`^${source}$`), guards, handler };
}

/** The parameter as a whole number; 400 as the server answers anything else. */
export function wholeNumber(value: string | undefined): number {
    if (value === undefined || !/^[+-]?\d+$/.test(value)) throw new Refusal(empty(400));
    return Number(value);
}

/**
 * Reads the body as the server does: JSON only if the content type says so, a form (or no content type at all) as if
 * it were empty. That is why a PATCH without the content type answers 200 and changes nothing.
 */
export function bind<T>(call: Call, schema: z.ZodType<T>, onError: (reason: string) => Reply = () => empty(400)): T {
    const type = (call.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
    if (type === "application/json") return parseBody(call, schema, onError);
    if (type === "application/x-www-form-urlencoded" && /;|%(?![0-9a-f]{2})/i.test(call.body.toString())) {
        throw new Refusal(onError("invalid URL escape or semicolon in the form"));
    }
    return schema.parse({});
}

/** Reads the body as JSON whatever the content type says. */
export function parseBody<T>(call: Call, schema: z.ZodType<T>, onError: (reason: string) => Reply): T {
    let value: unknown;
    try {
        value = JSON.parse(call.body.toString());
    } catch (error) {
        throw new Refusal(onError(call.body.length === 0 ? "EOF" : (error as Error).message));
    }
    const parsed = schema.safeParse(value ?? {});
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new Refusal(onError(`json: cannot unmarshal field ${issue?.path.join(".")}: ${issue?.message}`));
}

const pageSize = 50;

/** The asked-for page; a page never has more than 50 entries, whatever is asked for. */
export function page<T>(call: Call, rows: readonly T[]): readonly T[] {
    const asked = (name: string): number => {
        const value = call.query.get(name) ?? "";
        return /^\d+$/.test(value) ? Number(value) : 0;
    };
    const perPage = asked("perPage");
    const size = perPage < 1 || perPage > pageSize ? pageSize : perPage;
    const first = (Math.max(asked("page"), 1) - 1) * size;
    return rows.slice(first, first + size);
}

/** Go's `strconv.ParseBool`, false for what it does not know. */
export const isTrue = (value: string | null): boolean => /^(1|t|true)$/i.test(value ?? "");
