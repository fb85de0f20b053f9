import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A file that is wanted on a host. */
export interface ManagedFile {
    /** Absolute, of plain characters. */
    readonly path: string;
    readonly content: string;
    /** Four octal digits. @default "0644" */
    readonly mode?: string;
    /** As `user:group`. @default "root:root" */
    readonly owner?: string;
    /** What has to happen when it changes: a word that the host's hooks know. @default "none" */
    readonly action?: string;
}

/** What one push brings to a host. */
export interface Push {
    /** Directory that is managed; also where the host remembers what was pushed. */
    readonly root: string;
    readonly files: readonly ManagedFile[];
    /**
     * POSIX shell text that defines the functions `validate`, `apply`, `verify` and `retire`; what they may call stands at the head
     * of `push.sh`. @default functions that do nothing
     */
    readonly hooks?: string;
    /** Values the hooks ask for with `secret NAME`; they never stand in a command line. */
    readonly secrets?: Readonly<Record<string, string>>;
    /** Which push this is; another number makes the same files be pushed again. */
    readonly revision: number;
}

const program = readFileSync(join(__dirname, "push.sh"), "utf8");

/** Hooks of files that somebody reads anew by himself. */
export const noHooks = ["validate", "apply", "verify", "retire"].map((name) => `${name}() { :; }\n`).join("");

const plainPath = /^(\/(?!\.{1,2}(\/|$))[\w.-]+)+$/;
const plainWord = /^[\w:.-]+$/;

/**
 * The text that does a push: a POSIX shell program with the files in it. It has to arrive whole: its last line starts it.
 *
 * @throws Error on a path or word that would need quoting
 */
export function pushProgram({ root, files, hooks = noHooks, secrets = {}, revision }: Push): string {
    for (const path of [root, ...files.map((file) => file.path)]) {
        if (!plainPath.test(path)) throw new Error(`"${path}" is not an absolute path of plain characters`);
    }
    const lines = files.map(({ content, ...file }) => {
        const { mode, owner, action, path } = withDefaults(file);
        for (const word of [mode, owner, action]) {
            if (!plainWord.test(word)) throw new Error(`"${word}" (of ${path}) is not a plain word`);
        }
        return `${mode} ${owner} ${action} ${path} ${base64(content)}`;
    });
    const values = Object.entries(secrets).map(([name, value]) => `${name} ${base64(value)}`);
    return [
        `# push ${revision}`,
        "set -eu",
        "umask 022",
        `root='${root}'`,
        printing("host_files", lines),
        printing("host_secrets", values),
        hooks,
        program,
        'main "$@"',
        "",
    ].join("\n");
}

/** Each file by path as `mode owner sha256:…`: what a host is compared with. */
export function describeFiles(files: readonly ManagedFile[]): Record<string, string> {
    return Object.fromEntries(
        files
            .map(({ content, ...file }): [string, string] => {
                const { mode, owner, path } = withDefaults(file);
                return [path, `${mode} ${owner} sha256:${createHash("sha256").update(content).digest("hex")}`];
            })
            .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
}

function withDefaults({ path, mode = "0644", owner = "root:root", action = "none" }: Omit<ManagedFile, "content">) {
    return { path, mode, owner, action };
}

function printing(name: string, lines: readonly string[]): string {
    // Base64 has no quotes, and no line of it is the word that ends the text.
    return [`${name}() {`, "    cat << 'END_OF_DATA'", ...lines, "END_OF_DATA", "}"].join("\n");
}

function base64(text: string): string {
    return Buffer.from(text, "utf8").toString("base64");
}
