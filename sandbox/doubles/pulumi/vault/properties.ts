/** Properties of Vault's resource types, and the rules by which a change of one is seen. */

import type { PropertyChange } from "../provider/model.js";
import { equal, hasUnknown, type Json, type JsonObject, type Properties, type Value } from "../provider/values.js";

export interface Property {
    /** Name in Vault's API. */
    readonly field: string;
    readonly type: "string" | "number" | "boolean" | "list" | "set" | "map";
    readonly required?: boolean;
    /** A change replaces the resource. */
    readonly replace?: boolean;
    readonly default?: Json;
    /** Left to Vault if the program does not set it. */
    readonly computed?: boolean;
    /** Vault never gives it back: what was written last is taken for the truth. */
    readonly writeOnly?: boolean;
    /** Not in the body: part of the path, or written by a request of its own. */
    readonly apart?: boolean;
    /** Named after the resource if the program gives no name. */
    readonly autoname?: boolean;
}

export type PropertyTable = Readonly<Record<string, Property>>;

const zeros = { string: "", number: 0, boolean: false, list: [], set: [], map: {} } as const;

/** Inputs with names and defaults filled in. */
export function completeInputs(table: PropertyTable, news: Properties, autoname: () => string): Properties {
    const complete: Properties = { ...news };
    for (const [name, property] of Object.entries(table)) {
        if (complete[name] === undefined || complete[name] === null) {
            const value = property.autoname ? autoname() : property.default;
            if (value !== undefined) {
                complete[name] = value;
            } else {
                delete complete[name];
            }
        }
    }
    return complete;
}

/** Names that the table does not have, and required ones that are missing. */
export function inputFailures(table: PropertyTable, inputs: Properties): { property: string; reason: string }[] {
    const foreign = Object.keys(inputs)
        .filter((name) => !(name in table) && !name.startsWith("__"))
        .map((property) => ({ property, reason: `is not an input; known are ${Object.keys(table).join(", ")}` }));
    const missing = Object.entries(table)
        .filter(([name, { required }]) => required && inputs[name] === undefined)
        .map(([property]) => ({ property, reason: "is required" }));
    return [...foreign, ...missing];
}

/**
 * What differs between the last known state and the inputs. An unset input stands for its default, or its zero value.
 *
 * The inputs may be those of the program before they were checked: a refresh that runs the program compares with them.
 */
export function compare(table: PropertyTable, state: Properties, news: Properties): Map<string, PropertyChange> {
    const changes = new Map<string, PropertyChange>();
    for (const [name, property] of Object.entries(table)) {
        const wanted = news[name] ?? property.default;
        if (wanted === undefined && (property.computed || property.autoname)) {
            continue;
        }
        const zero = zeros[property.type] as Value;
        const before = normalize(property, state[name] ?? zero);
        const after = normalize(property, wanted ?? zero);
        if (hasUnknown(after) || !equal(before, after)) {
            const kind = equal(before, zero) ? "add" : equal(after, zero) ? "delete" : "update";
            changes.set(name, { kind, replace: property.replace ?? false });
        }
    }
    return changes;
}

/** The body that brings Vault from the state to the inputs. */
export function requestBody(table: PropertyTable, state: Properties, news: Properties): JsonObject {
    const body: JsonObject = {};
    for (const [name, property] of Object.entries(table)) {
        if (property.apart) {
            continue;
        }
        const zero = zeros[property.type] as Json;
        const value = news[name] as Json | undefined;
        const clears = value === undefined && !property.computed && !equal(state[name] ?? zero, zero);
        if (value !== undefined || clears) {
            body[property.field] = value ?? zero;
        }
    }
    return body;
}

/** Outputs from Vault's answer; what it does not give back is taken from `known`. */
export function outputsOf(table: PropertyTable, answer: JsonObject, known: Properties): Properties {
    const outputs: Properties = {};
    for (const [name, property] of Object.entries(table)) {
        const given = property.writeOnly ? undefined : answer[property.field];
        const value = given ?? (property.writeOnly || property.apart ? known[name] : undefined);
        if (value !== undefined && value !== null) {
            outputs[name] = normalize(property, value);
        }
    }
    return outputs;
}

/** The live values of what the program had set; of everything that is not at its default if it never ran (import). */
export function inputsOf(table: PropertyTable, outputs: Properties, old: Properties | undefined): Properties {
    const inputs: Properties = {};
    for (const [name, property] of Object.entries(table)) {
        const value = outputs[name];
        const unset = property.default ?? (zeros[property.type] as Value);
        const wanted = old === undefined ? !property.computed && !equal(value ?? unset, unset) : name in old;
        if (wanted && value !== undefined) {
            inputs[name] = value;
        }
    }
    return inputs;
}

/** Sets in one order; paths without slashes at their ends. */
function normalize(property: Property, value: Value): Value {
    if (property.type === "set" && Array.isArray(value)) {
        return [...value].sort((a, b) => (String(a) < String(b) ? -1 : 1));
    }
    if (property.type === "number" && typeof value === "string" && /^\d+$/.test(value)) {
        return Number(value);
    }
    return value;
}
