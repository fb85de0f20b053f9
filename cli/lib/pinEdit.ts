import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isScalar, type Pair, parseDocument, type Scalar, type YAMLMap } from "yaml";
import { UsageError } from "../../jobs/lib/errors.js";
import { STACK_FILE_YAML } from "./stack.js";

/** Tag by application; `undefined` takes the pin away. */
export type PinChanges = ReadonlyMap<string, string | undefined>;

/** Part of the text and what comes in its place. */
interface Edit {
    readonly from: number;
    readonly to: number;
    readonly text: string;
}

const KEY = "sha";
const APPS = "cicd:apps";

/**
 * The text of a stack file with other pins. Every byte that is no pin stays: comments, order, quotes, blank lines.
 *
 * Tags are always quoted: `12345678` and `1e234567` would be numbers.
 *
 * @throws UsageError for an application that is not there, or a file in which a pin cannot be placed
 */
export function editPins(text: string, changes: PinChanges): string {
    const document = parseDocument(text, STACK_FILE_YAML);
    const problem = document.errors[0];
    if (problem) throw new UsageError(`The stack file is no YAML: ${problem.message}`);
    const apps = document.getIn(["config", APPS]);
    if (!isMap(apps)) throw new UsageError(`The stack file has no map config."${APPS}" to write pins into`);
    const edits = [...changes].flatMap(([app, tag]) => editOf(text, apps, app, tag) ?? []);
    const edited = edits
        .sort((a, b) => b.from - a.from)
        .reduce((result, { from, to, text: insert }) => result.slice(0, from) + insert + result.slice(to), text);
    const result = parseDocument(edited, STACK_FILE_YAML);
    // An alias, a merge key or a layout that nobody thought of: rather nothing than another meaning.
    if (result.errors.length > 0 || !isDeepStrictEqual(plain(result), withPins(plain(document), changes)))
        throw cannot([...changes.keys()]);
    return edited;
}

/** What a document means: without the identity of what two places of it share. */
function plain(document: Document): StackFile {
    return JSON.parse(JSON.stringify(document.toJS()));
}

interface StackFile {
    readonly config: { readonly [APPS]: Readonly<Record<string, Record<string, unknown>>> };
}

function withPins(file: StackFile, changes: PinChanges): StackFile {
    for (const [name, tag] of changes) {
        const app = file.config[APPS][name] ?? {};
        if (tag === undefined) delete app[KEY];
        else app[KEY] = tag;
    }
    return file;
}

function editOf(text: string, apps: YAMLMap, app: string, tag: string | undefined): Edit | undefined {
    const block = apps.get(app, true);
    if (!isMap(block)) {
        const known = apps.items.map(({ key }) => String(isScalar(key) ? key.value : key)).join(", ");
        throw new UsageError(`There is no application ${app} in the stack file; there are ${known}`);
    }
    const pairs = block.items as Pair<Scalar, Scalar>[];
    const pin = pairs.find(({ key }) => key.value === KEY);
    const value = tag === undefined ? undefined : `"${tag}"`;
    if (pin) return value === undefined ? removal(text, block, pin, app) : replacement(pin, value, app);
    return value === undefined ? undefined : addition(text, block, pairs, value, app);
}

function replacement({ value }: Pair<Scalar, Scalar>, tag: string, app: string): Edit {
    if (!isScalar(value) || !value.range) throw cannot([app]);
    return { from: value.range[0], to: value.range[1], text: tag };
}

/** Behind the first value that is plain text (`repository`, as a rule), in the way that it is written. */
function addition(text: string, block: YAMLMap, pairs: Pair<Scalar, Scalar>[], tag: string, app: string): Edit {
    const first = pairs.find(({ value }) => isScalar(value) && value.range && !/^[|>]/.test(String(value.source)));
    const end = first?.value?.range?.[1];
    const start = first?.key.range?.[0];
    if (end === undefined || start === undefined) throw cannot([app]);
    if (block.flow) return { from: end, to: end, text: `, ${KEY}: ${tag}` };
    const indent = start - (text.lastIndexOf("\n", start - 1) + 1);
    const lineEnd = endOfLine(text, end);
    return { from: lineEnd, to: lineEnd, text: `${lineBreak(text)}${" ".repeat(indent)}${KEY}: ${tag}` };
}

function removal(text: string, block: YAMLMap, { key, value }: Pair<Scalar, Scalar>, app: string): Edit {
    const start = key.range?.[0];
    const end = value?.range?.[1];
    if (start === undefined || end === undefined) throw cannot([app]);
    if (!block.flow) {
        const from = text.lastIndexOf("\n", start - 1) + 1;
        if (text.slice(from, start).trim() !== "") throw cannot([app]);
        const lineEnd = endOfLine(text, end);
        return { from, to: Math.min(lineEnd + lineBreak(text).length, text.length), text: "" };
    }
    const after = /^\s*,\s*/.exec(text.slice(end));
    if (after) return { from: start, to: end + after[0].length, text: "" };
    const before = /\s*,\s*$/.exec(text.slice(0, start));
    return { from: start - (before?.[0].length ?? 0), to: end, text: "" };
}

/** Before the line break; at the end of the text where there is none. */
function endOfLine(text: string, from: number): number {
    const end = text.indexOf(lineBreak(text), from);
    return end === -1 ? text.length : end;
}

function lineBreak(text: string): string {
    return text.includes("\r\n") ? "\r\n" : "\n";
}

function cannot(apps: readonly string[]): UsageError {
    return new UsageError(
        `The stack file is laid out so that pins cannot be written into it; set them by hand: ${apps.map((app) => `${APPS}.${app}.${KEY}`).join(", ")}`,
    );
}
