import type { Checked } from "../../lib/package.js";
import { hasUnknown, type Values } from "../../lib/values.js";
import type { Properties, Property } from "./property.js";

/** Holds inputs to their description; what is not known yet passes. */
export function check(properties: Properties, given: Values): Checked {
    const inputs: Values = {};
    const problems: string[] = [];
    for (const [name, value] of Object.entries(given)) {
        if (value === null || value === undefined || name.startsWith("__")) continue;
        const property = properties[name];
        if (property === undefined || property.computed) {
            problems.push(`[${name}] is unknown; allowed are ${inputNames(properties).join(", ")}`);
            continue;
        }
        inputs[name] = value;
        const complaint = hasUnknown(value) ? undefined : complain(property, value);
        if (complaint !== undefined) problems.push(`[${name}] ${show(property, value)} ${complaint}`);
    }
    for (const [name, property] of Object.entries(properties)) {
        if (property.required && inputs[name] === undefined)
            problems.push(`[${name}] is missing: ${property.description}`);
    }
    return { inputs, problems };
}

function inputNames(properties: Properties): string[] {
    return Object.keys(properties).filter((name) => !properties[name]?.computed);
}

function show({ writeOnly }: Property, value: unknown): string {
    return writeOnly ? "(secret)" : JSON.stringify(value);
}

function complain(property: Property, value: unknown): string | undefined {
    const kind = kinds[property.kind];
    if (!kind.test(value)) return `is not ${kind.name}`;
    const { allowed, rule } = property;
    const wrong = allowed && [value].flat().filter((item) => !allowed.includes(String(item)));
    if (wrong && wrong.length > 0) return `is not allowed; allowed: ${allowed.join(", ")}`;
    return rule?.(value);
}

const isText = (value: unknown) => typeof value === "string";
const isMap = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);

const kinds: Record<Property["kind"], { name: string; test: (value: unknown) => boolean }> = {
    string: { name: "a string", test: isText },
    integer: { name: "a whole number", test: Number.isSafeInteger },
    boolean: { name: "true or false", test: (value) => typeof value === "boolean" },
    strings: { name: "a list of strings", test: (value) => Array.isArray(value) && value.every(isText) },
    variables: {
        name: "a map of strings",
        test: (value) => isMap(value) && Object.values(value).every(isText),
    },
    trusted: {
        name: "{network, volumes, security}, each true or false",
        test: (value) =>
            isMap(value) &&
            Object.keys(value).sort().join() === "network,security,volumes" &&
            Object.values(value).every((flag) => typeof flag === "boolean"),
    },
};
