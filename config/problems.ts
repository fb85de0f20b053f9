import { z } from "zod";

/** Stack config that an operator can mend; printed without a stack trace. */
export class SettingsError extends Error {
    constructor(readonly problems: readonly string[]) {
        super(["The stack config has errors:", ...problems.map((problem) => `  ${problem}`)].join("\n"));
        this.name = "SettingsError";
    }
}

/** Blocks whose values are never repeated in a message. */
const secretBlocks = new Set(["credentials"]);

/** One line for an issue of the schema: key path, value, what is allowed. */
export function describe(schema: z.ZodType, issue: z.core.$ZodIssue, raw: unknown): string[] {
    const path = issue.path.map(String);
    const key = `cicd:${path.join(".")}`;
    if (issue.code === "unrecognized_keys") {
        const allowed = keysAt(schema, path);
        return issue.keys.map((unknown) => `cicd:${[...path, unknown].join(".")}: unknown key; allowed are ${allowed}`);
    }
    if (issue.code === "invalid_key") return [`${key}: "${path.at(-1)}" ${issue.issues[0]?.message}`];
    if (issue.code === "invalid_union") {
        const inner = issue.errors.find((branch) =>
            branch.every((i) => i.path.length > 0 || i.code !== "invalid_type"),
        );
        if (inner) return inner.flatMap((i) => describe(schema, { ...i, path: [...issue.path, ...i.path] }, raw));
    }
    const value = path.reduce<unknown>((v, step) => (v as Record<string, unknown> | undefined)?.[step], raw);
    if (value === undefined) return [`${key}: missing, must be ${expectation(issue)}`];
    const shown = secretBlocks.has(path[0] ?? "") ? "the value (not shown)" : JSON.stringify(value);
    return [`${key}: ${shown} ${complaint(issue, value)}`];
}

function complaint(issue: z.core.$ZodIssue, value: unknown): string {
    switch (issue.code) {
        case "invalid_type":
            return issue.expected === "string" && typeof value !== "object"
                ? "is not a string; put it in quotes"
                : `is not ${expectation(issue)}`;
        case "invalid_value":
            return `is not ${expectation(issue)}`;
        case "too_small":
        case "too_big":
            return `must have ${expectation(issue)}`;
        default:
            return issue.message;
    }
}

function expectation(issue: z.core.$ZodIssue): string {
    switch (issue.code) {
        case "invalid_type":
            return (
                { object: "a map", record: "a map", array: "a list", int: "a whole number" }[
                    issue.expected as string
                ] ?? `a ${issue.expected}`
            );
        case "invalid_value":
            return `one of ${issue.values.map((v) => JSON.stringify(v)).join(", ")}`;
        case "too_small":
            return `at least ${issue.minimum}${unit(issue.origin)}`;
        case "too_big":
            return `at most ${issue.maximum}${unit(issue.origin)}`;
        default:
            return issue.message.replace(/^is /, "");
    }
}

function unit(origin: string): string {
    return { array: " items", string: " characters" }[origin] ?? " as its value";
}

/** The keys a map may have, found by walking the schema along a path. */
function keysAt(schema: z.ZodType, path: readonly string[]): string {
    const found = path.reduce<z.core.$ZodType | undefined>((type, step) => type && child(unwrap(type), step), schema);
    const type = found && unwrap(found);
    return type instanceof z.ZodObject ? Object.keys(type.shape).join(", ") : "none";
}

function child(type: z.core.$ZodType, step: string): z.core.$ZodType | undefined {
    if (type instanceof z.ZodObject) return type.shape[step];
    if (type instanceof z.ZodRecord) return type.valueType;
    if (type instanceof z.ZodArray) return type.element;
    return undefined;
}

function unwrap(type: z.core.$ZodType): z.core.$ZodType {
    if (type instanceof z.ZodOptional || type instanceof z.ZodDefault || type instanceof z.ZodPrefault) {
        return unwrap(type.def.innerType);
    }
    if (type instanceof z.ZodUnion) return type.options.map(unwrap).find((o) => o instanceof z.ZodObject) ?? type;
    return type;
}
