import { readFileSync } from "node:fs";
import ts from "typescript";

/** One object literal of the schema's sources: its keys, and the comment above each. */
interface Literal {
    readonly keys: ReadonlySet<string>;
    readonly comments: ReadonlyMap<string, string>;
}

/** The comments on the keys of every object literal in some source files. */
export class Comments {
    private readonly literals: readonly Literal[];

    constructor(files: readonly string[]) {
        this.literals = files.flatMap(literalsIn);
    }

    /**
     * What stands above a key.
     *
     * @param siblings all keys of the object, by which the literal is told from others with the same key
     */
    of(key: string, siblings: readonly string[]): string {
        const candidates = this.literals
            .filter(({ keys }) => keys.has(key) && [...keys].every((own) => siblings.includes(own)))
            .sort((a, b) => b.keys.size - a.keys.size);
        return candidates.map(({ comments }) => comments.get(key)).find((comment) => comment !== undefined) ?? "";
    }
}

function literalsIn(file: string): Literal[] {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
    const found: Literal[] = [];
    const visit = (node: ts.Node): void => {
        if (ts.isObjectLiteralExpression(node)) found.push(literalOf(node));
        ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
}

function literalOf(node: ts.ObjectLiteralExpression): Literal {
    const comments = new Map<string, string>();
    const keys = new Set<string>();
    for (const property of node.properties) {
        const name =
            property.name &&
            (ts.isIdentifier(property.name) || ts.isStringLiteral(property.name)) &&
            property.name.text;
        if (!name) continue;
        keys.add(name);
        const docs = ts.getJSDocCommentsAndTags(property).filter(ts.isJSDoc);
        const text = docs.map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? "").join(" ");
        if (text !== "") comments.set(name, text.replace(/\s+/g, " ").trim());
    }
    return { keys, comments };
}
