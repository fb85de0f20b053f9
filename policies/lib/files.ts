import { type Document, parseDocument } from "yaml";
import { isObject, type Resource, textsIn, type Value } from "./resource.js";

/** A YAML file that a resource puts somewhere. */
export interface YamlFile {
    /** In the repository, or the property that holds the text. */
    readonly path: string;
    readonly text: string;
    readonly document: Document;
    readonly content: Value;
    /** Parser's words where it is no YAML; `content` is then undefined. */
    readonly errors: readonly string[];
}

/** The GitHub workflow that a resource pushes. */
export function githubWorkflow(resource: Resource): YamlFile | undefined {
    return pushed(resource, /^\.github\/workflows\/[^/]+\.ya?ml$/);
}

/** The Woodpecker workflow that a resource pushes. */
export function woodpeckerWorkflow(resource: Resource): YamlFile | undefined {
    return pushed(resource, /^\.woodpecker(?:\/.+)?\.ya?ml$/);
}

function pushed({ type, properties }: Resource, paths: RegExp): YamlFile | undefined {
    const { file, content } = properties;
    if (type !== "github:index/repositoryFile:RepositoryFile") return undefined;
    if (typeof file !== "string" || typeof content !== "string" || !paths.test(file)) return undefined;
    return read(file, content);
}

/** Compose files in any property of a resource: on their way to a host or into a repository. */
export function composeFiles(resource: Resource): YamlFile[] {
    return textsIn(resource.properties)
        .filter(({ value }) => /^services:\s*$/m.test(value) && /^\s+image:/m.test(value))
        .map(({ path, value }) => read(path, value))
        .filter(({ content }) => isCompose(content));
}

/** A Woodpecker workflow has services too. */
function isCompose(content: Value): boolean {
    return isObject(content) && isObject(content.services) && !("steps" in content);
}

let last: YamlFile | undefined;

/** Remembers one file: the engine asks about one resource after the other, and every check reads it. */
function read(path: string, text: string): YamlFile {
    if (last?.path !== path || last.text !== text) last = parse(path, text);
    return last;
}

function parse(path: string, text: string): YamlFile {
    const document = parseDocument(text, { logLevel: "silent", merge: true });
    const errors = document.errors.map((error) => error.message.split("\n")[0] ?? "");
    const content = errors.length > 0 ? undefined : (document.toJS() as Value);
    return { path, text, document, content, errors };
}
