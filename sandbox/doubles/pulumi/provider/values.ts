/** Property values as the engine sends them: JSON, plus secrets, values not known yet, and assets. */

import structProto from "google-protobuf/google/protobuf/struct_pb.js";

// Signatures of the engine's wire format.
const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const assetSignature = "c44067f5952c0a294b673a41bacd8c17";
const unknownSentinel = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A value that only a later update will know. */
export const unknown = Symbol("unknown");

/** A value that is encrypted in the state and hidden in output. */
export class Secret {
    constructor(readonly value: Value) {}
}

export type Value = null | boolean | number | string | Secret | typeof unknown | Value[] | Properties;

export interface Properties {
    [name: string]: Value;
}

/** A value without secrets and unknowns, as servers take and give it. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

export interface JsonObject {
    [name: string]: Json;
}

/** A file's or a string's content, as the SDK hands it to a plugin. */
export interface Asset {
    readonly path?: string;
    readonly text?: string;
}

/** Reads a message of the engine; an absent one is empty. */
export function decode(struct: structProto.Struct | undefined): Properties {
    const properties: Properties = {};
    struct?.getFieldsMap().forEach((value: structProto.Value, name: string) => {
        properties[name] = decodeValue(value);
    });
    return properties;
}

/** Writes a message for the engine; undefined properties are left out. */
export function encode(properties: Properties): structProto.Struct {
    const struct = new structProto.Struct();
    const fields = struct.getFieldsMap();
    for (const [name, value] of Object.entries(properties)) {
        if (value !== undefined) {
            fields.set(name, encodeValue(value));
        }
    }
    return struct;
}

function decodeValue(value: structProto.Value): Value {
    const kinds = structProto.Value.KindCase;
    switch (value.getKindCase()) {
        case kinds.STRING_VALUE:
            return value.getStringValue() === unknownSentinel ? unknown : value.getStringValue();
        case kinds.NUMBER_VALUE:
            return value.getNumberValue();
        case kinds.BOOL_VALUE:
            return value.getBoolValue();
        case kinds.LIST_VALUE:
            return value.getListValue()?.getValuesList().map(decodeValue) ?? [];
        case kinds.STRUCT_VALUE: {
            const properties = decode(value.getStructValue());
            return properties[signatureKey] === secretSignature ? new Secret(properties.value ?? null) : properties;
        }
        default:
            return null;
    }
}

function encodeValue(value: Value): structProto.Value {
    const encoded = new structProto.Value();
    if (value === unknown) {
        encoded.setStringValue(unknownSentinel);
    } else if (value instanceof Secret) {
        encoded.setStructValue(encode({ [signatureKey]: secretSignature, value: value.value }));
    } else if (typeof value === "string") {
        encoded.setStringValue(value);
    } else if (typeof value === "number") {
        encoded.setNumberValue(value);
    } else if (typeof value === "boolean") {
        encoded.setBoolValue(value);
    } else if (Array.isArray(value)) {
        const list = new structProto.ListValue();
        list.setValuesList(value.map(encodeValue));
        encoded.setListValue(list);
    } else if (value === null || value === undefined) {
        encoded.setNullValue(structProto.NullValue.NULL_VALUE);
    } else {
        encoded.setStructValue(encode(value as Properties));
    }
    return encoded;
}

export function isProperties(value: unknown): value is Properties {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

/** A deep copy with every secret replaced by what it hides. */
export function reveal<V extends Value | undefined>(value: V): V {
    if (value instanceof Secret) {
        return reveal(value.value) as V;
    }
    if (Array.isArray(value)) {
        return value.map((item) => reveal(item)) as V;
    }
    if (isProperties(value)) {
        return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, reveal(item)])) as V;
    }
    return value;
}

export function hasUnknown(value: Value | undefined): boolean {
    return value === unknown || childrenOf(value).some(hasUnknown);
}

export function hasSecret(value: Value | undefined): boolean {
    return value instanceof Secret || childrenOf(value).some(hasSecret);
}

function childrenOf(value: Value | undefined): Value[] {
    if (value instanceof Secret) {
        return [value.value];
    }
    return Array.isArray(value) ? value : isProperties(value) ? Object.values(value) : [];
}

/**
 * Marks in `outputs` what is secret at the same place in `inputs`; an array with a secret in it becomes secret as a
 * whole, because servers may reorder arrays.
 */
export function keepSecrets(outputs: Properties, inputs: Properties): Properties {
    const kept: Properties = { ...outputs };
    for (const [name, input] of Object.entries(inputs)) {
        const output = kept[name];
        if (output === undefined || output instanceof Secret) {
            continue;
        }
        if (isProperties(output) && isProperties(input)) {
            kept[name] = keepSecrets(output, input);
        } else if (hasSecret(input)) {
            kept[name] = new Secret(output);
        }
    }
    return kept;
}

/** {@link keepSecrets} for a state, and for the inputs that it may carry with it. */
export function protectState(state: Properties, inputs: Properties): Properties {
    const kept = keepSecrets(state, inputs);
    const { __inputs } = kept;
    return isProperties(__inputs) ? { ...kept, __inputs: keepSecrets(__inputs, inputs) } : kept;
}

/** The asset in a value, or undefined if it is none. */
export function assetOf(value: Value | undefined): Asset | undefined {
    return isProperties(value) && value[signatureKey] === assetSignature ? (value as Asset) : undefined;
}

/** JSON equality; the order of object keys does not matter. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
    if (Array.isArray(a) && Array.isArray(b)) {
        return a.length === b.length && a.every((item, i) => equal(item, b[i]));
    }
    if (isProperties(a) && isProperties(b)) {
        const names = new Set([...Object.keys(a), ...Object.keys(b)]);
        return [...names].every((name) => equal(a[name], b[name]));
    }
    return a === b;
}
