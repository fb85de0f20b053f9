/** Stands for a value that a preview cannot know yet. No check judges it. */
export const unknownYet = Symbol("unknown until the update");

export type Value = string | number | boolean | null | undefined | typeof unknownYet | readonly Value[] | Properties;

export interface Properties {
    readonly [key: string]: Value;
}

/** A resource as the program declares it. */
export interface Resource {
    /** Token such as `kubernetes:batch/v1:CronJob`. */
    readonly type: string;
    /** Logical name. */
    readonly name: string;
    /** Inputs in plain; secrets are unwrapped. */
    readonly properties: Properties;
    /** Paths of what is marked secret, such as `connection.privateKey`; each covers all below it. Undefined where it could not be seen. */
    readonly secretPaths?: ReadonlySet<string>;
}

export function isObject(value: Value): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object's own entries, or none where the value is something else. */
export function entries(value: Value): [string, Value][] {
    return isObject(value) ? Object.entries(value) : [];
}

/** The list's items, or none where the value is something else. */
export function items(value: Value): readonly Value[] {
    return Array.isArray(value) ? value : [];
}

/** A list, or a single value that stands for a list of one, as YAML formats like it. */
export function listOf(value: Value): readonly Value[] {
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : [value];
}

export function strings(value: Value): string[] {
    return listOf(value).filter((item) => typeof item === "string");
}

/** What stands at a path; undefined where there is nothing, `unknownYet` where that is not known. */
export function at(value: Value, ...path: readonly (string | number)[]): Value {
    let here = value;
    for (const key of path) {
        if (here === unknownYet) return unknownYet;
        if (Array.isArray(here)) here = here[Number(key)];
        else here = isObject(here) ? here[String(key)] : undefined;
    }
    return here;
}

/** A value at a place. */
export interface Leaf<T extends Value = Value> {
    readonly path: string;
    readonly value: T;
}

/** Every string below a value, with its path. */
export function textsIn(value: Value, path = ""): Leaf<string>[] {
    if (typeof value === "string") return [{ path, value }];
    if (Array.isArray(value)) return value.flatMap((item, i) => textsIn(item, join(path, String(i))));
    return entries(value).flatMap(([key, inner]) => textsIn(inner, join(path, key)));
}

/** Every object below a value, itself among them, with its path. */
export function objectsIn(value: Value, path = ""): Leaf<Properties>[] {
    if (Array.isArray(value)) return value.flatMap((item, i) => objectsIn(item, join(path, String(i))));
    if (!isObject(value)) return [];
    return [{ path, value }, ...entries(value).flatMap(([key, inner]) => objectsIn(inner, join(path, key)))];
}

export function join(path: string, key: string): string {
    return path === "" ? key : `${path}.${key}`;
}

/** Whether a path, or something it lies in, is marked secret. */
export function isMarked(path: string, secretPaths: ReadonlySet<string>): boolean {
    const keys = path.split(".");
    return keys.some((_, i) => secretPaths.has(keys.slice(0, i + 1).join(".")));
}
