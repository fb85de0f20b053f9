import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { blocks } from "../config/schema.js";
import { Comments } from "./comments.js";

/** The part of JSON Schema that zod writes. */
interface Schema {
    readonly type?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
    readonly additionalProperties?: Schema | boolean;
    readonly items?: Schema;
    readonly anyOf?: readonly Schema[];
    readonly enum?: readonly unknown[];
    readonly const?: unknown;
    readonly default?: unknown;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly format?: string;
}

interface Line {
    readonly key: string;
    readonly type: string;
    readonly fallback: string;
    readonly meaning: string;
}

const INTRODUCTION = `# Configuration

Everything stands below \`cicd:\` in \`Pulumi.<stack>.yaml\`. A block that is left out switches its part off; an unknown key is an
error, and every error is reported at once. \`<name>\` is a name of your own, \`[]\` an entry of a list.

Written by \`npm run docs\` from the schema in \`config/\`; what is changed here is lost.
`;

/** The largest value of a whole number, which says nothing. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/** docs/configuration.md */
export function configurationReference(root: string): string {
    const directory = join(root, "config");
    const files = readdirSync(directory).map((name) => join(directory, name));
    const documents = ["jobs/secret-sync/mapping.ts", "jobs/secret-extension/allowList.ts"];
    const comments = new Comments([...files, ...documents.map((file) => join(root, file))]);
    const schema = jsonSchema("input");
    const defaults = jsonSchema("output").properties ?? {};
    const names = Object.keys(schema.properties ?? {});
    const sections = Object.entries(schema.properties ?? {}).map(([name, block]) => {
        const meaning = comments.of(name, names);
        const lines = linesOf({ schema: block, defaults: defaults[name] }, "", comments);
        const own: Line = { key: name, type: typeOf(block), fallback: defaultOf(block, false), meaning };
        return [`## ${name}`, ...(meaning ? [meaning] : []), tableOf(lines.length > 0 ? lines : [own])].join("\n\n");
    });
    return `${[INTRODUCTION.trimEnd(), ...sections].join("\n\n")}\n`;
}

const jsonSchema = (io: "input" | "output") =>
    z.toJSONSchema(blocks, { io, unrepresentable: "any", reused: "inline" }) as Schema;

/** A part of the schema as it is written, and as it is read, where a default can be of a value that was changed on its way. */
interface Part {
    readonly schema: Schema;
    readonly defaults?: Schema | undefined;
}

function linesOf({ schema, defaults }: Part, prefix: string, comments: Comments): Line[] {
    const { properties, required = [], additionalProperties, items, anyOf } = schema;
    if (isVaultValue(schema)) return [];
    if (properties) {
        const siblings = Object.keys(properties);
        return Object.entries(properties).flatMap(([key, child]) => {
            const path = prefix === "" ? key : `${prefix}.${key}`;
            const read = defaults?.properties?.[key];
            const inner = linesOf({ schema: child, defaults: read }, path, comments);
            const meaning = comments.of(key, siblings);
            const own = {
                key: path,
                type: typeOf(child),
                fallback: defaultOf({ default: read?.default, ...child }, required.includes(key)),
                meaning,
            };
            return inner.length > 0 && meaning === "" && child.default === undefined && child.type === "object"
                ? inner
                : [own, ...inner];
        });
    }
    if (typeof additionalProperties === "object" && isDeep(additionalProperties)) {
        return linesOf(
            { schema: additionalProperties, defaults: valuesOf(defaults) },
            below(prefix, "<name>"),
            comments,
        );
    }
    if (items && isDeep(items)) return linesOf({ schema: items, defaults: defaults?.items }, `${prefix}[]`, comments);
    const deep = (anyOf ?? []).filter(isDeep);
    return deep.length === 1 && anyOf?.length === 2 && prefix !== "" && !isVaultValue(deep[0])
        ? linesOf({ schema: deep[0] ?? {} }, prefix, comments)
        : [];
}

const below = (prefix: string, name: string) => (prefix === "" ? name : `${prefix}.${name}`);
const valuesOf = (schema: Schema | undefined) =>
    typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
const isDeep = (schema: Schema) => schema.properties !== undefined;

/** `{ path, key }`, or the same inside of `{ vault }`. */
function isVaultValue(schema: Schema | undefined): boolean {
    const keys = Object.keys(schema?.properties ?? {});
    return keys.join() === "vault" || keys.join() === "path,key";
}

function typeOf(schema: Schema): string {
    const { type, anyOf, items, additionalProperties, minimum, maximum } = schema;
    if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
    if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
    if (anyOf) return [...new Set(anyOf.map(typeOf))].join(" or ");
    switch (type) {
        case "array":
            return `list of ${typeOf(items ?? {})}`;
        case "integer": {
            const least = minimum !== undefined && minimum > -UNLIMITED ? minimum : undefined;
            const most = maximum !== undefined && maximum < UNLIMITED ? maximum : undefined;
            if (least !== undefined && most !== undefined) return `number, ${least} to ${most}`;
            return least === undefined ? "number" : `number, at least ${least}`;
        }
        case "object":
            if (isVaultValue(schema))
                return schema.properties?.vault ? "`{ vault: { path, key } }`" : "`{ path, key }` in Vault";
            return typeof additionalProperties === "object" ? `map of ${typeOf(additionalProperties)}` : "map";
        case "string":
            return "text";
        case "boolean":
            return "`true` or `false`";
        default:
            return "text";
    }
}

function defaultOf(schema: Schema, required: boolean): string {
    const { default: value } = schema;
    if (value === undefined) return required ? "**required**" : "";
    if (typeof value === "object" && value !== null && Object.keys(value).length === 0) return "none";
    return `\`${JSON.stringify(value)}\``;
}

function tableOf(lines: readonly Line[]): string {
    const cell = (text: string) => text.replaceAll("|", "\\|");
    const rows = lines.map(
        ({ key, type, fallback, meaning }) => `| \`${key}\` | ${cell(type)} | ${cell(fallback)} | ${cell(meaning)} |`,
    );
    return ["| key | value | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}
