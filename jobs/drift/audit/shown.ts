import { isSealed } from "../state.js";

const LENGTH = 200;
const SECRET_NAME = /pass|token|secret|credential|private|api[-_.]?key|webhook/i;
export const MASK = "[secret]";

/**
 * A value as it may be shown: masked where its name or the engine says that it is secret, on one line, not too long.
 *
 * @param path its last part says what the value is
 */
export function shown(value: unknown, path: string): string | undefined {
    if (value === undefined || value === null) return undefined;
    if (SECRET_NAME.test(path.split(/[./]/).at(-1) ?? "") && typeof value !== "boolean") return MASK;
    const text = typeof value === "string" ? value : JSON.stringify(masked(value));
    const line = text.replace(/\s+/g, " ");
    return line.length > LENGTH ? `${line.slice(0, LENGTH)}…` : line;
}

function masked(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(masked);
    if (typeof value !== "object" || value === null) return value;
    if (isSealed(value)) return MASK;
    const entries = Object.entries(value as Record<string, unknown>);
    // An environment variable: the name says what the value is.
    const variable = (value as { name?: unknown }).name;
    return Object.fromEntries(
        entries.map(([key, inner]) => {
            const named = key === "value" && typeof variable === "string" ? variable : key;
            return [key, SECRET_NAME.test(named) && typeof inner === "string" ? MASK : masked(inner)];
        }),
    );
}
