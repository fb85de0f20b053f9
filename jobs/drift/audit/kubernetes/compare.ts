import type { KubernetesObject } from "../../kubernetes.js";
import { isSealed } from "../../state.js";
import { isDefault, isEmpty, isServerField, isSystemKey, repeatsLimits } from "./defaults.js";
import { Owners } from "./owners.js";
import { type Path, pathText, shapeText } from "./paths.js";

type Fields = Readonly<Record<string, unknown>>;

/** Something in a live object that nobody declared. */
export interface Extra {
    readonly path: Path;
    readonly value: unknown;
    /** Who wrote it, where the server knows. */
    readonly writers: readonly string[];
}

/** Maps whose keys people make up: a key that is not declared is never a default. */
const FREE_MAPS =
    /(^|\.)(data|binaryData|stringData|matchLabels|nodeSelector|limits|requests)$|^(.*\.)?metadata\.(labels|annotations)$/;
/** Names that tell the items of a list apart. */
const ITEM_KEYS = ["name", "mountPath", "containerPort", "port", "path", "key", "ip"] as const;
/** Of a declared object: its fields that something else writes at run time, paths separated by commas. */
export const RUN_TIME_FIELDS = "cicd/run-time-fields";

/**
 * What a live object has beyond what is declared: keys, items of lists, and fields that somebody else wrote.
 *
 * That is exactly what the engine cannot see, which cuts the live object to the shape of the declared one first. What
 * differs within that shape is left to the engine.
 *
 * @param declared inputs of the resource
 * @param isOurs tells whether a field manager is this program's
 */
export function extrasOf(
    declared: KubernetesObject,
    live: KubernetesObject,
    isOurs: (manager: string) => boolean,
): Extra[] {
    const owners = new Owners(live);
    const found: Extra[] = [];
    const wanted = asServed(declared);
    const ignored = runTimeFields(declared);
    const add = (path: Path, value: unknown) => {
        if (!ignored.includes(pathText(path))) found.push({ path, value, writers: owners.of(live, path) });
    };
    const foreign = (path: Path) => owners.of(live, path).some((manager) => !isOurs(manager));

    const visit = (path: Path, want: unknown, have: unknown): void => {
        if (isSealed(want)) visitSealed(path, have);
        else if (isMap(want) && isMap(have)) visitMap(path, want, have);
        else if (Array.isArray(want) && Array.isArray(have)) visitList(path, want, have);
    };
    const visitMap = (path: Path, want: Fields, have: Fields): void => {
        for (const [key, value] of Object.entries(have)) {
            const inner = [...path, key];
            if (isServerField(inner)) continue;
            if (want[key] !== undefined && want[key] !== null) visit(inner, want[key], value);
            else undeclared(path, inner, value, have);
        }
    };
    /** Which keys are declared is a secret too: who wrote them has to tell. */
    const visitSealed = (path: Path, have: unknown): void => {
        for (const [key, value] of isMap(have) ? Object.entries(have) : []) {
            if (foreign([...path, key])) add([...path, key], value);
        }
    };
    const undeclared = (path: Path, inner: Path, value: unknown, siblings: Fields): void => {
        const key = String(inner.at(-1));
        if (FREE_MAPS.test(shapeText(path))) {
            if (!isSystemKey(key)) add(inner, value);
        } else if (FREE_MAPS.test(shapeText(inner)) && isMap(value)) {
            // The whole map is undeclared: each of its keys is.
            if (!repeatsLimits(inner, value, siblings)) visitMap(inner, {}, value);
        } else if (!isDefault(inner, value, siblings) && foreign(inner)) {
            add(inner, value);
        }
    };
    const visitList = (path: Path, want: readonly unknown[], have: readonly unknown[]): void => {
        const partners = pair(want, have);
        partners.forEach((position, index) => {
            if (position !== undefined) visit([...path, position], want[index], have[position]);
        });
        if (have.length <= want.length) return;
        const taken = new Set(partners);
        have.forEach((item, position) => {
            if (!taken.has(position)) add([...path, position], item);
        });
    };
    visit([], wanted, live);
    // A server marks what it is about to delete.
    const { deletionTimestamp } = (live.metadata ?? {}) as Fields;
    if (deletionTimestamp && !found.some(({ path }) => pathText(path) === "metadata.deletionTimestamp")) {
        found.push({ path: ["metadata", "deletionTimestamp"], value: deletionTimestamp, writers: [] });
    }
    return found;
}

/** Declared items and the positions of their live partners: by name, by what they hold, by position. */
function pair(want: readonly unknown[], have: readonly unknown[]): (number | undefined)[] {
    const taken = new Set<number>();
    const take = (fits: (item: unknown, position: number) => boolean): number | undefined => {
        const position = have.findIndex((item, i) => !taken.has(i) && fits(item, i));
        if (position < 0) return undefined;
        taken.add(position);
        return position;
    };
    const first = want.map((item) => {
        const key = isMap(item) ? ITEM_KEYS.find((name) => item[name] !== undefined) : undefined;
        if (key === undefined) return take((other) => covers(other, item));
        const named = (item as Fields)[key];
        return (
            take((other) => isMap(other) && other[key] === named && covers(other, item)) ??
            take((other) => isMap(other) && other[key] === named)
        );
    });
    // What was changed in place is the engine's finding, not an addition.
    return first.map((position, index) => position ?? take((_, i) => i === index) ?? take(() => true));
}

/** Whether a live value has everything that a declared one has. */
function covers(have: unknown, want: unknown): boolean {
    if (isEmpty(want)) return isEmpty(have);
    if (Array.isArray(want)) return Array.isArray(have) && want.every((item, i) => covers(have[i], item));
    if (isMap(want)) return isMap(have) && Object.entries(want).every(([key, value]) => covers(have[key], value));
    return have === want || String(have) === String(want);
}

/** What the server makes of inputs before it keeps them. */
function asServed(declared: KubernetesObject): KubernetesObject {
    if (!isMap(declared.stringData)) return declared;
    const { stringData, ...rest } = declared;
    if (isSealed(rest.data)) return rest;
    if (isSealed(stringData)) return { ...rest, data: stringData };
    return { ...rest, data: { ...(declared.data as Fields | undefined), ...stringData } };
}

function runTimeFields(declared: KubernetesObject): readonly string[] {
    const metadata = declared.metadata as { annotations?: Fields } | undefined;
    const named = metadata?.annotations?.[RUN_TIME_FIELDS];
    return typeof named === "string" ? named.split(",").map((path) => path.trim()) : [];
}

function isMap(value: unknown): value is Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
