import type { KubernetesObject } from "../../kubernetes.js";
import type { Path } from "./paths.js";

type Fields = Readonly<Record<string, unknown>>;

interface ManagedFields {
    readonly manager?: string;
    readonly subresource?: string;
    readonly fieldsV1?: Fields;
}

/** Who wrote which field of a live object, as the server keeps account of it. */
export class Owners {
    readonly #entries: readonly ManagedFields[];

    constructor(live: KubernetesObject) {
        const metadata = live.metadata as { managedFields?: readonly ManagedFields[] } | undefined;
        // Controllers write a status; who writes by a subresource writes nothing that anybody declares.
        this.#entries = (metadata?.managedFields ?? []).filter(({ subresource }) => !subresource);
    }

    /** Names of those who wrote the field or something in it. */
    of(object: KubernetesObject, path: Path): string[] {
        const names = this.#entries.filter(({ fieldsV1 }) => fieldsV1 && holds(fieldsV1, object, path));
        return [...new Set(names.map(({ manager }) => manager ?? ""))];
    }
}

/** Whether the path, or something below it, is among the fields. */
function holds(fields: Fields, at: unknown, [step, ...rest]: Path): boolean {
    if (step === undefined) return true;
    if (typeof step === "string") {
        const inner = fields[`f:${step}`] as Fields | undefined;
        return inner !== undefined && holds(inner, (at as Fields | undefined)?.[step], rest);
    }
    const item: unknown = Array.isArray(at) ? at[step] : undefined;
    const keys = Object.keys(fields);
    // An atomic list is owned as a whole.
    if (keys.length === 0 || (keys.length === 1 && keys[0] === ".")) return true;
    return keys.some((key) => isItem(key, item) && holds(fields[key] as Fields, item, rest));
}

/** `k:{"name":"x"}` names an item by its keys, `v:"x"` by its value. */
function isItem(key: string, item: unknown): boolean {
    try {
        if (key.startsWith("v:")) return JSON.stringify(JSON.parse(key.slice(2))) === JSON.stringify(item);
        if (!key.startsWith("k:")) return false;
        const wanted = Object.entries(JSON.parse(key.slice(2)) as Fields);
        return wanted.every(([name, value]) => (item as Fields | undefined)?.[name] === value);
    } catch {
        return false;
    }
}
