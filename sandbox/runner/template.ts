/** A value of a workflow file whose `${{ }}` parts are not evaluated yet. */
export type Template =
    | string
    | number
    | boolean
    | null
    | Expression
    | readonly Template[]
    | { readonly [key: string]: Template };

/** The text between `${{` and `}}`; a string with several is one call of `format`. */
export class Expression {
    constructor(readonly text: string) {}
}

export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

export type Evaluate = (expression: string) => Value;

/** Puts the value of each expression in its place. */
export function resolve(template: Template, evaluate: Evaluate): Value {
    if (template instanceof Expression) return evaluate(template.text);
    if (Array.isArray(template)) return template.map((item: Template) => resolve(item, evaluate));
    if (typeof template === "object" && template !== null) {
        const entries = Object.entries(template as { readonly [key: string]: Template });
        return Object.fromEntries(entries.map(([key, value]) => [key, resolve(value, evaluate)]));
    }
    return template as Value;
}

/** How the runner writes a value into an environment variable, an input or an output. */
export function textOf(value: Value | undefined): string {
    if (value === null || value === undefined) return "";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The texts of a mapping such as `env` or `with`; empty where it is missing. */
export function textsOf(template: Template | undefined, evaluate: Evaluate): Record<string, string> {
    if (template === undefined || template === null) return {};
    const values = resolve(template, evaluate) as { readonly [key: string]: Value };
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, textOf(value)]));
}
