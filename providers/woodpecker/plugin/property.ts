import { hasUnknown, type Values } from "../../lib/values.js";

/** One property of a resource type or of the provider: the only description that checks, plans, schema and README follow. */
export interface Property {
    readonly kind: "string" | "integer" | "boolean" | "strings" | "variables" | "trusted";
    readonly description: string;
    /** Name in the server's JSON; absent for what only tells the plugin how to act. */
    readonly field?: string;
    readonly required?: true;
    /** What is sent when left out. */
    readonly default?: string | boolean | readonly string[] | Readonly<Record<string, string>>;
    /** What happens when left out, for the documentation, where that is not simply a value. */
    readonly otherwise?: string;
    /** The server never gives it back. */
    readonly writeOnly?: true;
    /** Another value is another object. */
    readonly replaces?: true;
    /** The server's to decide: output only. */
    readonly computed?: true;
    readonly allowed?: readonly string[];
    /** What is wrong with a value of the right kind; undefined: nothing. */
    readonly rule?: (value: unknown) => string | undefined;
}

export type Properties = Readonly<Record<string, Property>>;

/** Equal to the server: its lists are sets, and `null` is the empty one. What is not known yet equals nothing. */
export function same(property: Property, a: unknown, b: unknown): boolean {
    return !hasUnknown(a) && !hasUnknown(b) && canonical(property, a) === canonical(property, b);
}

function canonical({ kind }: Property, value: unknown): string {
    if (kind === "strings") return JSON.stringify([...new Set((value as string[] | null) ?? [])].sort());
    if (kind === "variables" || kind === "trusted") {
        return JSON.stringify(Object.entries((value as object | null) ?? {}).sort(([x], [y]) => (x < y ? -1 : 1)));
    }
    return JSON.stringify(value ?? null);
}

/** Sent to the server, so to be compared with what it answers. */
export function isManaged(property: Property): boolean {
    return property.field !== undefined && !property.computed && !property.writeOnly;
}

/** Inputs with the defaults of what was left out. */
export function withDefaults(properties: Properties, inputs: Values): Values {
    const defaults = Object.entries(properties).flatMap(([name, property]) =>
        property.default === undefined ? [] : [[name, property.default] as const],
    );
    return { ...Object.fromEntries(defaults), ...inputs };
}

/** Properties as the server names them, without those that are absent. */
export function toFields(properties: Properties, values: Values): Values {
    const fields: Values = {};
    for (const [name, { field, computed }] of Object.entries(properties)) {
        if (field !== undefined && !computed && values[name] !== undefined) fields[field] = values[name];
    }
    return fields;
}

/** A server's object as properties, without what it never gives back. */
export function fromFields(properties: Properties, object: object): Values {
    const values: Values = {};
    for (const [name, { field, kind, writeOnly }] of Object.entries(properties)) {
        if (field === undefined || writeOnly) continue;
        const value = (object as Values)[field];
        values[name] = value ?? (kind === "strings" ? [] : kind === "variables" ? {} : value);
    }
    return values;
}
