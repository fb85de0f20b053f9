import type { data as Data } from "@actions/expressions";
import type { Value } from "./template.js";

/** The contexts that expressions may name: `github`, `secrets`, `steps` … */
export type Contexts = Readonly<Record<string, Value>>;

/** What `success()` and its kin answer at this point. */
export interface Standing {
    readonly success: boolean;
    readonly failure: boolean;
}

/** Evaluates one expression; throws, with GitHub's own words, on a broken one or an unknown name. */
export type Evaluator = (expression: string, contexts: Contexts, standing: Standing) => Value;

/** GitHub's own evaluator, which is an ES module and so is loaded here. */
export async function loadEvaluator(): Promise<Evaluator> {
    const { data, Evaluator, Lexer, Parser } = await import("@actions/expressions");
    const toData = (value: Value): Data.ExpressionData => {
        if (value === null) return new data.Null();
        if (typeof value === "string") return new data.StringData(value);
        if (typeof value === "number") return new data.NumberData(value);
        if (typeof value === "boolean") return new data.BooleanData(value);
        if (Array.isArray(value)) return new data.Array(...value.map(toData));
        const pairs = Object.entries(value).map(([key, inner]) => ({ key, value: toData(inner) }));
        return new data.Dictionary(...pairs);
    };
    return (expression, contexts, standing) => {
        const answers = { always: true, cancelled: false, ...standing };
        const functions = Object.entries(answers).map(([name, answer]) => ({
            name,
            minArgs: 0,
            maxArgs: 0,
            call: () => new data.BooleanData(answer),
        }));
        const { tokens } = new Lexer(expression).lex();
        const tree = new Parser(tokens, Object.keys(contexts), functions).parse();
        const known = new Map(functions.map((definition) => [definition.name, definition]));
        const result = new Evaluator(tree, toData(contexts) as Data.Dictionary, known).evaluate();
        return JSON.parse(JSON.stringify(result, data.replacer)) as Value;
    };
}

/** What an `if` makes of a value: as in GitHub, the empty string, zero, false and null are false. */
export const isTrue = (value: Value): boolean => !(value === "" || value === 0 || value === false || value === null);
