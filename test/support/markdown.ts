import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const root = join(__dirname, "../..");

/** A document of the repository. */
export interface Markdown {
    /** From the root. */
    readonly path: string;
    readonly text: string;
}

/** A block of code in a document. */
export interface Block {
    readonly path: string;
    /** As after the fence; of indented blocks `yaml` for keys of a stack file, else `sh`. */
    readonly language: string;
    readonly text: string;
}

export function documents(): Markdown[] {
    const paths = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", ...globSync("docs/**/*.md", { cwd: root })];
    return paths.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

export function blocksOf({ path, text }: Markdown): Block[] {
    const fenced = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = "", code = ""]) => ({
        path,
        language,
        text: code,
    }));
    const rest = text.replace(/^```[\s\S]*?^```$/gm, "");
    const indented = [...rest.matchAll(/(?:^\n)((?: {4}.*\n|\n(?= {4}))+)/gm)].map(([, code = ""]) => {
        const text = code.replace(/^ {4}/gm, "");
        return { path, language: /^(cicd|config):/.test(text) ? "yaml" : "sh", text };
    });
    return [...fenced, ...indented];
}

/** Lines of shell without comments, those that go on in the next one joined. */
export function commandsIn({ text }: Block): string[] {
    return text
        .replaceAll(/\\\n\s*/g, " ")
        .split("\n")
        .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
        .filter((line) => line !== "");
}

/** Targets of the links in a document, other than web addresses. */
export function linksOf({ path, text }: Markdown): { target: string; anchor: string }[] {
    const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
    return [...prose.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g)].map(([, file = "", anchor = ""]) => ({
        target: file === "" ? path : join(dirname(path), file),
        anchor,
    }));
}

/** Anchors of a document's headings, as GitHub makes them. */
export function anchorsOf({ text }: Markdown): string[] {
    return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
        heading
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
            .replaceAll(" ", "-"),
    );
}
