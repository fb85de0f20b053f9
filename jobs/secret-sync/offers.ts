import { entryName, notEmpty } from "../../providers/woodpecker/plugin/rules.js";
import type { KvSecret } from "../lib/vault.js";
import { type Entry, type Mapping, type Target, targetKey } from "./mapping.js";

/** A secret of Woodpecker as the mapping and Vault have it. */
export interface Offer {
    readonly target: Target;
    readonly name: string;
    readonly value: string;
    readonly events: readonly string[];
    readonly images: readonly string[];
    readonly adopt: boolean;
    /** `mount/path#key`. */
    readonly source: string;
    /** Of the secret in Vault. */
    readonly version: number;
}

/** Something that is not done, and why; of one secret, or of all secrets of a target. */
export interface Problem {
    readonly target: Target;
    readonly name?: string;
    readonly reason: string;
}

export type NamedProblem = Problem & { readonly name: string };

export interface Offers {
    readonly offers: readonly Offer[];
    /** Names that Woodpecker cannot have, and values it cannot hold. */
    readonly refused: readonly NamedProblem[];
}

export interface OffersInput {
    readonly mapping: Pick<Mapping, "entries">;
    readonly mount: string;
    /** By path; all of them were read. */
    readonly secrets: ReadonlyMap<string, KvSecret>;
}

interface Asked {
    readonly entry: Entry;
    readonly key: string;
    readonly name: string;
    readonly source: string;
}

/** What the mapping makes of what Vault holds. */
export function offersOf(input: OffersInput): Offers {
    const asked = input.mapping.entries.flatMap((entry) => askedBy(entry, input));
    const rivals = new Map<string, Asked[]>();
    for (const one of asked) {
        const place = placeOf(one.entry.target, one.name);
        rivals.set(place, [...(rivals.get(place) ?? []), one]);
    }
    const offers: Offer[] = [];
    const refused: NamedProblem[] = [];
    for (const one of asked) {
        const { target } = one.entry;
        const others = (rivals.get(placeOf(target, one.name)) ?? []).filter((other) => other !== one);
        const result = others.length > 0 ? rivalry(one, others) : offer(one, input);
        if (typeof result === "string") refused.push({ target, name: one.name, reason: result });
        else offers.push(result);
    }
    return { offers, refused };
}

/** Where a secret is found at run time: Woodpecker does not tell names apart by case there. */
export function placeOf(target: Target, name: string): string {
    return JSON.stringify([targetKey(target), name.toLowerCase()]);
}

function askedBy(entry: Entry, { mount, secrets }: OffersInput): Asked[] {
    const keys = entry.key === undefined ? [...(secrets.get(entry.path)?.data.keys() ?? [])] : [entry.key];
    return keys
        .filter((key) => !entry.except?.includes(key))
        .map((key) => ({ entry, key, name: entry.name ?? key, source: `${mount}/${entry.path}#${key}` }));
}

function rivalry({ name }: Asked, others: readonly Asked[]): string {
    const [other] = others;
    const sources = others.map(({ source }) => source).join(", ");
    return other?.name === name
        ? `is asked for by ${sources} too`
        : `differs by case only from "${other?.name}" (${sources}); at run time Woodpecker takes one for the other`;
}

/** @returns why it is refused, where it is */
function offer({ entry, key, name, source }: Asked, { secrets }: OffersInput): Offer | string {
    const secret = secrets.get(entry.path);
    if (!secret?.data.has(key)) return `the mapping names ${source}, which Vault does not hold`;
    const found = secret.data.get(key);
    if (typeof found !== "string" && !entry.json) {
        return `${source} is ${kindOf(found)}, not text; store it as text, or set "json" in the mapping`;
    }
    const value = typeof found === "string" ? found : JSON.stringify(found);
    const complaint = nameComplaint(name) ?? valueComplaint(source, value);
    if (complaint) return complaint;
    const { target, events, images, adopt } = entry;
    return { target, name, value, events, images, adopt, source, version: secret.version };
}

function nameComplaint(name: string): string | undefined {
    if (name.length > 255) return "the name has more than 255 characters";
    const complaint = entryName(name);
    return complaint && `the name ${complaint}`;
}

function valueComplaint(source: string, value: string): string | undefined {
    if (notEmpty(value)) return `${source} is empty, which Woodpecker does not hold`;
    return /\p{Cs}/u.test(value) ? `${source} is not valid Unicode` : undefined;
}

function kindOf(value: unknown): string {
    if (value === null) return "null";
    if (Array.isArray(value)) return "a list";
    const raw = typeof value === "object" && "rawJSON" in value && Object.getPrototypeOf(value) === null;
    return raw
        ? "a number"
        : ({ object: "an object", number: "a number", boolean: "a boolean" }[typeof value as string] ?? "no text");
}
