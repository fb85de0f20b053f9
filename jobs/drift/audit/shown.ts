import { isSealed } from "../state.js";

const LENGTH = 200;
/** The last one is kubectl's copy of a whole object, with whatever is in it. */
const SECRET_NAME = /pass|token|secret|credential|private|api[-_.]?key|webhook|last-applied-configuration/i;
export const MASK = "[secret]";

/**
 * A value as it may be shown: masked where its name or the engine says that it is secret, on one line, not too long.
 *
 * @param path its last part says what the value is
 * @param whole the object that the path leads into: in it stands what an environment variable's `value` is called
 */
export function shown(value: unknown, path: string, whole?: unknown): string | undefined {
    if (value === undefined || value === null) return undefined;
    const name = variableName(path, whole) ?? path.split(/[./]/).at(-1) ?? "";
    if (SECRET_NAME.test(name) && typeof value !== "boolean") return MASK;
    const text = typeof value === "string" ? value : JSON.stringify(masked(value));
    const line = text.replace(/\s+/g, " ");
    return line.length > LENGTH ? `${line.slice(0, LENGTH)}…` : line;
}

function variableName(path: string, whole: unknown): string | undefined {
    const holder = path.match(/^(.*\])\.value$/)?.[1];
    const name = holder === undefined ? undefined : at(whole, `${holder}.name`);
    return typeof name === "string" ? name : undefined;
}

/** Follows a property path as the engine writes it: `spec.rules[0]["a/b"]`. */
export function at(value: unknown, path: string): unknown {
    const steps = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)];
    return steps.reduce<unknown>((inner, [, quoted, position, name]) => {
        if (typeof inner !== "object" || inner === null) return undefined;
        if (position !== undefined) return (inner as unknown[])[Number(position)];
        return (inner as Record<string, unknown>)[quoted?.replace(/\\(.)/g, "$1") ?? name ?? ""];
    }, value);
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
