/** What a host has, asked for by one shell program and read from what that prints. */

/** What to look at. */
export interface Question {
    readonly root: string;
    /** Absolute paths. */
    readonly files: readonly string[];
    /** Absolute paths of files and directories in `root` that are somebody else's. */
    readonly ignored: readonly string[];
    /** Shell text that prints a line for each item: its name, a tab, its state. */
    readonly probe?: string;
}

export interface Findings {
    /** By path, `mode owner sha256:…`; what is missing is left out. */
    readonly files: Readonly<Record<string, string>>;
    /** Paths in the directory that nobody declared, described in the same way. */
    readonly extra: Readonly<Record<string, string>>;
    readonly items: Readonly<Record<string, string>>;
}

/** Lies in every managed directory and is the business of whoever pushes. */
const own = ".push";

const functions = `
describe() {
    if [ -L "$2" ]; then
        printf '%s\\t%s\\tlink to %s\\n' "$1" "$2" "$(readlink "$2")"
    elif [ -f "$2" ]; then
        sum=$(sha256sum < "$2")
        printf '%s\\t%s\\t%s sha256:%s\\n' "$1" "$2" "$(stat -c '%04a %U:%G' "$2")" "\${sum%% *}"
    elif [ -e "$2" ]; then
        printf '%s\\t%s\\tnot a file\\n' "$1" "$2"
    fi
}
`;

export function inspectionProgram({ root, files, ignored, probe }: Question): string {
    const prune = [`${root}/${own}`, ...ignored].map((path) => `-path ${quoted(path)}`).join(" -o ");
    const known = files.map((path) => `! -path ${quoted(path)}`).join(" ");
    return [
        "export LC_ALL=C",
        functions,
        ...files.map((path) => `describe file ${quoted(path)}`),
        `if [ -d ${quoted(root)} ]; then`,
        `find ${quoted(root)} -mindepth 1 \\( ${prune} \\) -prune -o ! -type d ${known} -print | while IFS= read -r path; do describe extra "$path"; done`,
        "fi",
        ...(probe === undefined ? [] : ["(", probe, ") < /dev/null 2> /dev/null | sed 's/^/item\\t/'"]),
        "printf 'end\\n'",
        "",
    ].join("\n");
}

/** @throws Error if the answer does not have its end */
export function readFindings(output: string): Findings {
    const found: Record<"file" | "extra" | "item", Record<string, string>> = { file: {}, extra: {}, item: {} };
    const lines = output.split("\n");
    if (!lines.includes("end")) throw new Error("the host's answer is not complete");
    for (const line of lines) {
        const [kind, name, ...state] = line.split("\t");
        if ((kind === "file" || kind === "extra" || kind === "item") && name) found[kind][name] = state.join(" ");
    }
    return { files: found.file, extra: found.extra, items: found.item };
}

function quoted(text: string): string {
    return `'${text.replaceAll("'", "'\\''")}'`;
}
