import { Document, Scalar, visit } from "yaml";

/** How a generated file is to be written. */
export interface Rendering {
    /** First lines of the file, without `#`. */
    readonly header: string;
    /** Comment that goes after a scalar of this value. */
    readonly comments?: ReadonlyMap<string, string>;
    /** Also quotes what YAML 1.1 would take for a number, a boolean or a date. @default false */
    readonly yaml11?: boolean;
}

/**
 * Writes data as YAML: keys in the order given, LF, a newline at the end, long text as blocks.
 *
 * Strings that would read as numbers are quoted, and so is everything with `${`, for what is put in its place is not known here.
 */
export function renderYaml(data: unknown, { header, comments = new Map(), yaml11 = false }: Rendering): string {
    const document = new Document(data, yaml11 ? { compat: "yaml-1.1" } : {});
    document.commentBefore = ` ${header.split("\n").join("\n ")}`;
    visit(document, {
        Scalar(_key, node) {
            if (typeof node.value !== "string") return;
            node.comment = comments.get(node.value);
            // A block that begins with a blank line would lose the blanks.
            if (/^\S.*\n/.test(node.value)) node.type = Scalar.BLOCK_LITERAL;
            else if (/\n|\$\{/.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
        },
    });
    return document.toString({ lineWidth: 0, indentSeq: true });
}
