import * as z from "zod";
import { entryName, images as imageRule } from "../../providers/woodpecker/plugin/rules.js";
import { EVENTS } from "../../providers/woodpecker/plugin/tables/shape.js";
import { parseDocument } from "../lib/fields.js";

/** Whose secrets: everybody's, an organisation's or a repository's, by name on the forge. */
export const target = z.union(
    [
        z.literal("global"),
        z.strictObject({ organization: z.string().regex(/^[^\s/]+$/, "is not the name of an organisation") }),
        z.strictObject({ repository: z.string().regex(/^[^\s/]+(\/[^\s/]+)+$/, "is not owner/name") }),
    ],
    { error: 'is not "global", { organization: … } or { repository: … }' },
);

/** Events of the secrets that are needed to build and to deploy; never those of foreign pull requests. */
export const defaultEvents = ["cron", "deployment", "manual", "push", "tag"] as const;

const entry = z
    .strictObject({
        /** Of the secret in Vault, below the KV mount. */
        path: z.string().regex(/^[\w.-]+(\/[\w.-]+)*$/, "is not the path of a secret below the KV mount"),
        /** One key of it; every key when left out. */
        key: z.string().min(1).optional(),
        /** Keys that are left out. */
        except: z.array(z.string()).optional(),
        target: target.default("global"),
        /** Name in Woodpecker; that of the key when left out. */
        name: z
            .string()
            .refine((text) => !entryName(text), "is not a name Woodpecker's URLs can carry")
            .optional(),
        /** Kinds of pipelines that get the secret. */
        events: z
            .array(z.enum(EVENTS))
            .min(1)
            .default([...defaultEvents]),
        /** Plugin images that alone get it; any step when empty. */
        images: z
            .array(z.string())
            .refine((list) => !imageRule(list), "has something that is not an image name")
            .default([]),
        /** Write values that are no text as JSON instead of refusing them. */
        json: z.boolean().default(false),
        /** Take over a secret of the same name that carries no note. */
        adopt: z.boolean().default(false),
    })
    .refine(({ key, name }) => key !== undefined || name === undefined, "has a name for every key; a name needs a key")
    .refine(({ key, except }) => key === undefined || except === undefined, "has both a key and exceptions");

/** What is copied where: the mapping document. */
export const mapping = z.strictObject({
    entries: z.array(entry).min(1),
    /** Targets of which nothing is asked any more: what this sync owns there is removed. */
    emptied: z.array(target).default([]),
});

export type Target = z.infer<typeof target>;
export type Entry = z.infer<typeof entry>;
export type Mapping = z.infer<typeof mapping>;
/** As it may be written, defaults left out. */
export type MappingDocument = z.input<typeof mapping>;

/** Every key of `secret/ci/global` to the global secrets. */
export const defaultMapping: MappingDocument = { entries: [{ path: "ci/global" }] };

/** As people read it: `global`, `organization acme`, `repository acme/website`. */
export function targetName(place: Target): string {
    if (place === "global") return place;
    return "organization" in place ? `organization ${place.organization}` : `repository ${place.repository}`;
}

/** What tells targets apart: to Woodpecker a name in another case is the same name. */
export function targetKey(place: Target): string {
    return targetName(place).toLowerCase();
}

/** Every target once. */
export function targetsOf({ entries, emptied }: Mapping): Target[] {
    const all = [...entries.map((e) => e.target), ...emptied];
    return [...new Map(all.map((place) => [targetKey(place), place])).values()];
}

/** Every path once. */
export function pathsOf({ entries }: Pick<Mapping, "entries">): string[] {
    return [...new Set(entries.map(({ path }) => path))];
}

/**
 * Reads the mapping of a program's variable MAPPING.
 *
 * @param text none: the default
 * @param problems gets what is wrong with it
 */
export function parseMapping(text: string | undefined, problems: string[]): Mapping | undefined {
    if (text === undefined) return mapping.parse(defaultMapping);
    return parseDocument("MAPPING", text, mapping, problems);
}
