import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { projectRoot } from "../../cli/lib/stack.js";
import { rawSettings } from "./settings.js";
import { putProgram } from "./shell.js";

/** A stand-in for pulumi: notes how it was called and by whom, and takes its time where it is told to. */
const pulumi = `#!/bin/sh
here=$(dirname "$0")
printf '%s\\n' "$PPID" > "$here/caller"
printf '%s\\n' "$*" >> "$here/calls"
printf '%s\\n' "$CICD_ROLLED_APPS" >> "$here/about"
while [ -e "$here/hold-$1" ]; do sleep 0.1; done
exit "$(cat "$here/code-$1" 2> /dev/null || echo 0)"
`;

/** A stack file, a program that rolls in it, and what that meets; nothing of it is real but the file. */
export class PinWorld {
    readonly directory = mkdtempSync(join(tmpdir(), "pins-"));
    readonly file = join(this.directory, "Pulumi.test.yaml");
    /** Shell words of the program. */
    readonly roll = [
        process.execPath,
        "--import",
        join(projectRoot, "node_modules/tsx/dist/loader.mjs"),
        join(__dirname, "rollProgram.ts"),
        this.file,
    ].join(" ");

    readonly #terminals: Terminal[] = [];

    constructor() {
        const config = Object.fromEntries(Object.entries(rawSettings()).map(([key, value]) => [`cicd:${key}`, value]));
        writeFileSync(this.file, `# The stack file of a test.\n${stringify({ config })}`);
        putProgram(join(this.directory, "bin"), "pulumi", pulumi);
    }

    close(): void {
        for (const terminal of this.#terminals) terminal.close();
        rmSync(this.directory, { recursive: true });
    }

    get text(): string {
        return readFileSync(this.file, "utf8");
    }

    /** Puts a link in the place of the stack file. @returns where that is then, in a directory of its own */
    moveBehindLink(): string {
        const real = join(this.directory, "elsewhere", "stack.yaml");
        mkdirSync(dirname(real));
        renameSync(this.file, real);
        symlinkSync(real, this.file);
        return real;
    }

    /** What a program wrote to a file of the directory; empty where there is none. */
    noted(name: string): string {
        try {
            return readFileSync(join(this.directory, name), "utf8");
        } catch {
            return "";
        }
    }

    /** Lets a command of pulumi run until the returned function is called. */
    hold(command: "preview" | "up"): () => void {
        const file = join(this.directory, "bin", `hold-${command}`);
        writeFileSync(file, "");
        return () => rmSync(file);
    }

    /** Lets a command of pulumi end with a code. */
    end(command: "preview" | "up", code: number): void {
        writeFileSync(join(this.directory, "bin", `code-${command}`), `${code}\n`);
    }

    /** Runs a shell line in the directory, on a terminal as `script` lends one. */
    onTerminal(line: string): Terminal {
        const path = `${join(this.directory, "bin")}:${process.env.PATH}`;
        const terminal = new Terminal(line, { cwd: this.directory, env: { ...process.env, PATH: path } });
        this.#terminals.push(terminal);
        return terminal;
    }
}

class Terminal {
    /** All that stood on it. */
    said = "";
    readonly ended: Promise<void>;
    readonly #child;

    constructor(line: string, options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }) {
        this.#child = spawn("script", ["-qec", line, "/dev/null"], options);
        this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
            this.said += text;
        });
        this.ended = new Promise((resolve, reject) => {
            this.#child.once("error", reject);
            this.#child.once("close", () => resolve());
        });
    }

    /** With everybody on it, where a test has failed. */
    close(): void {
        this.#child.kill("SIGKILL");
    }

    type(keys: string): void {
        this.#child.stdin.write(keys);
    }
}
