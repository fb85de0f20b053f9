import { readFileSync } from "node:fs";
import type * as z from "zod";
import { UsageError, wordsOf } from "./errors.js";

export type Environment = Readonly<Record<string, string | undefined>>;
type Fields = Record<string, z.ZodType>;

/**
 * Reads a program's settings from its environment, all problems reported at once.
 *
 * A variable `NAME` may instead be given as `NAME_FILE`, the path of a file that holds it (one trailing newline is
 * dropped). An empty variable counts as not set: Kubernetes and shells write "" for what is missing.
 *
 * @param fields one schema a variable; `.meta({ secret: true })` keeps its value out of messages
 * @throws UsageError that names each variable at fault
 */
export function readEnvironment<F extends Fields>(
    fields: F,
    environment: Environment = process.env,
): { [N in keyof F]: z.output<F[N]> } {
    const values: Record<string, unknown> = {};
    const problems: string[] = [];
    for (const [name, schema] of Object.entries(fields)) {
        try {
            const { source, text } = lookUp(name, environment);
            const parsed = schema.safeParse(text);
            if (parsed.success) values[name] = parsed.data;
            else problems.push(`${source}: ${describe(schema, source === name ? text : undefined, parsed.error)}`);
        } catch (error) {
            problems.push(wordsOf(error));
        }
    }
    if (problems.length > 0) throw new UsageError(["The configuration has errors:", ...problems].join("\n  "));
    return values as { [N in keyof F]: z.output<F[N]> };
}

/** The variables of a program as the body of its `--help`. */
export function describeEnvironment(fields: Fields): string {
    const width = Math.max(...Object.keys(fields).map((name) => name.length));
    return Object.entries(fields)
        .map(([name, schema]) => `  ${name.padEnd(width)}  ${schema.description ?? ""}`.trimEnd())
        .join("\n");
}

function lookUp(name: string, environment: Environment): { source: string; text: string | undefined } {
    const text = environment[name] || undefined;
    const fileVariable = `${name}_FILE`;
    const path = environment[fileVariable];
    if (!path) return { source: name, text };
    if (text !== undefined) throw new Error(`${name}: set together with ${fileVariable}; leave one of the two out`);
    try {
        return { source: fileVariable, text: readFileSync(path, "utf8").replace(/\r?\n$/, "") || undefined };
    } catch (error) {
        throw new Error(`${fileVariable}: cannot read "${path}" (${(error as NodeJS.ErrnoException).code})`);
    }
}

function describe(schema: z.ZodType, shown: string | undefined, error: z.ZodError): string {
    const reasons = error.issues.map((issue) => issue.message).join("; ");
    return shown === undefined || isSecret(schema) ? reasons : `${JSON.stringify(shown)} ${reasons}`;
}

/** Optional and default values wrap a schema and do not carry its metadata. */
function isSecret(schema: z.ZodType): boolean {
    const { innerType } = schema.def as { innerType?: z.ZodType };
    return schema.meta()?.secret === true || (innerType !== undefined && isSecret(innerType));
}
