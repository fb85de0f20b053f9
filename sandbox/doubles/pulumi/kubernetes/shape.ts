/**
 * What of a live object is compared with the program, and how.
 *
 * As in the official plugin the live object is cut to the shape of the inputs, arrays by index and not beyond the
 * inputs' length. So keys and elements that somebody adds behind the program's back are not seen.
 */

import type { PropertyChange } from "../provider/model.js";
import { equal, hasUnknown, isProperties, type JsonObject, type Properties, type Value } from "../provider/values.js";
import { sameQuantity } from "./quantity.js";

/** The part of `live` that `shape` has, too. */
export function prune(live: Properties, shape: Properties): Properties {
    return Object.fromEntries(
        Object.entries(live)
            .filter(([name]) => name in shape)
            .map(([name, value]) => [name, pruneValue(value, shape[name] ?? null)]),
    );
}

function pruneValue(live: Value, shape: Value): Value {
    if (isProperties(live) && isProperties(shape)) {
        return prune(live, shape);
    }
    if (!Array.isArray(live) || !Array.isArray(shape)) {
        return live;
    }
    if (live.length === 0 || shape.length === 0) {
        return [];
    }
    if (kindOf(live[0]) !== kindOf(shape[0])) {
        return live;
    }
    return shape.slice(0, live.length).map((item, i) => pruneValue(live[i] ?? null, item));
}

const kindOf = (value: Value | undefined) => (Array.isArray(value) ? "array" : value === null ? "null" : typeof value);

export interface CompareOptions {
    /** Paths whose change replaces the object, for example `.spec.containers[*].image`. */
    readonly replacing: readonly string[];
    /** The kind is built in: the server leaves out what has its zero value and rewrites quantities. */
    readonly builtIn: boolean;
}

type Path = readonly (string | number)[];

/** Differences between the pruned live object and the new inputs, by property path. */
export function compareObjects(
    before: Properties,
    after: Properties,
    options: CompareOptions,
): Map<string, PropertyChange> {
    const changes = new Map<string, PropertyChange>();
    const patterns = options.replacing.map(parsePattern);
    const add = (path: Path, kind: PropertyChange["kind"], value: Value | undefined) => {
        const replace = patterns.some((pattern) => touches(path, value, pattern));
        changes.set(pathText(path), { kind, replace });
    };
    const visit = (path: Path, old: Value | undefined, now: Value | undefined): void => {
        if (isProperties(old) && isProperties(now)) {
            for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
                visit([...path, name], old[name], now[name]);
            }
        } else if (Array.isArray(old) && Array.isArray(now)) {
            for (let i = 0; i < Math.max(old.length, now.length); i++) {
                visit([...path, i], old[i], now[i]);
            }
        } else if (hasUnknown(now)) {
            add(path, old === undefined ? "add" : "update", now);
        } else if (now === undefined || now === null) {
            if (old !== undefined && old !== null) {
                add(path, "delete", old);
            }
        } else if (old === undefined || old === null) {
            if (!(options.builtIn && isZero(now))) {
                add(path, "add", now);
            }
        } else if (!equal(old, now) && !(options.builtIn && sameQuantity(path, old, now))) {
            add(path, "update", now);
        }
    };
    visit([], before, after);
    return changes;
}

function isZero(value: Value): boolean {
    return (
        value === false ||
        value === "" ||
        value === 0 ||
        (Array.isArray(value) && value.length === 0) ||
        (isProperties(value) && Object.values(value).every((item) => item === null || isZero(item)))
    );
}

const parsePattern = (pattern: string) =>
    pattern
        .split(/\.|(?=\[)/)
        .filter((part) => part !== "")
        .map((part) => (part === "[*]" ? undefined : part));

/** Whether a change at `path` reaches the pattern: it lies below it, or the changed value contains it. */
function touches(path: Path, value: Value | undefined, pattern: readonly (string | undefined)[]): boolean {
    for (const [i, part] of pattern.entries()) {
        if (i >= path.length) {
            return contains(value, pattern.slice(i));
        }
        if (part === undefined ? typeof path[i] !== "number" : path[i] !== part) {
            return false;
        }
    }
    return true;
}

function contains(value: Value | undefined, [part, ...rest]: readonly (string | undefined)[]): boolean {
    if (part === undefined) {
        return Array.isArray(value) && value.some((item) => rest.length === 0 || contains(item, rest));
    }
    return isProperties(value) && part in value && (rest.length === 0 || contains(value[part], rest));
}

function pathText(path: Path): string {
    return path.reduce<string>((text, part) => {
        if (typeof part === "number") {
            return `${text}[${part}]`;
        }
        if (/[."[\]]/.test(part)) {
            return `${text}["${part.replaceAll('"', '\\"')}"]`;
        }
        return text === "" ? part : `${text}.${part}`;
    }, "");
}

const serverFields = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];

/** Inputs in the form that the server keeps: no fields of the server's own, a Secret's text as base64. */
export function normalize(inputs: Properties): Properties {
    const normalized: Properties = { ...inputs };
    if (isProperties(normalized.metadata)) {
        normalized.metadata = Object.fromEntries(
            Object.entries(normalized.metadata).filter(([name]) => !serverFields.includes(name)),
        );
    }
    const { stringData } = normalized;
    if (isCore(inputs, "Secret") && isProperties(stringData) && !hasUnknown(stringData)) {
        const encoded = Object.entries(stringData).map(
            ([name, text]) => [name, Buffer.from(String(text)).toString("base64")] as const,
        );
        normalized.data = { ...(normalized.data as JsonObject | undefined), ...Object.fromEntries(encoded) };
        delete normalized.stringData;
    }
    return normalized;
}

/** Whether it is a kind of the core group, for example `Secret`. */
export function isCore(object: Properties, kind: string): boolean {
    return object.apiVersion === "v1" && object.kind === kind;
}
