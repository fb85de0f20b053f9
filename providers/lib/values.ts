import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb.js";

/** Inputs or outputs of a resource as plain data. */
export type Values = Record<string, unknown>;

/** Stands for a value that a preview does not know yet. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** True if a value, or any part of it, is not known yet. */
export function hasUnknown(value: unknown): boolean {
    if (value === UNKNOWN) return true;
    return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/** How the engine's protocol marks a value that is more than its data (`sdk/go/common/resource/sig`). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const UNKNOWNS = new Set([
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9", // string
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // bool
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
    "030794c1-ac77-496b-92df-f27374a8bd58", // asset
    "e48ece36-62e2-4504-bad9-02848725956a", // archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** True for a value that is not known yet, as it is written by the engine, in a preview's JSON too. */
export function marksUnknown(value: unknown): boolean {
    return typeof value === "string" && UNKNOWNS.has(value);
}

/** Plain data, and the names of the properties that hold a secret anywhere inside. */
export interface Decoded {
    readonly values: Values;
    readonly secrets: ReadonlySet<string>;
}

export function decode(struct: Struct | undefined): Decoded {
    const secrets = new Set<string>();
    const values: Values = {};
    for (const [name, value] of Object.entries(struct?.toJavaScript() ?? {})) {
        values[name] = plain(value, () => secrets.add(name));
    }
    return { values, secrets };
}

function plain(value: unknown, onSecret: () => void): unknown {
    if (marksUnknown(value)) return UNKNOWN;
    if (Array.isArray(value)) return value.map((item) => plain(item, onSecret));
    if (typeof value !== "object" || value === null) return value;
    const object = value as Values;
    if (object[SIGNATURE] === SECRET) {
        onSecret();
        return plain(object.value, onSecret);
    }
    return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, plain(item, onSecret)]));
}

/** @param secrets names of the properties that leave marked: the engine encrypts and hides only what is */
export function encode(values: Values, secrets: ReadonlySet<string>): Struct {
    const encoded: Record<string, JavaScriptValue> = {};
    for (const [name, value] of Object.entries(values)) {
        if (value === undefined) continue;
        encoded[name] = secrets.has(name) ? { [SIGNATURE]: SECRET, value: wire(value) } : wire(value);
    }
    return Struct.fromJavaScript(encoded);
}

function wire(value: unknown): JavaScriptValue {
    if (value === UNKNOWN) return UNKNOWN_TEXT;
    if (Array.isArray(value)) return value.map(wire);
    if (typeof value !== "object" || value === null) return (value ?? null) as JavaScriptValue;
    const known = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(known.map(([key, item]) => [key, wire(item)]));
}
