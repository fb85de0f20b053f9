/** A program in a directory of its own, run by the plain command line as an operator would. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export interface Result {
    readonly exitCode: number | null;
    readonly text: string;
}

export class PlainProject {
    readonly directory = mkdtempSync(join(tmpdir(), "plain-"));
    readonly #environment: NodeJS.ProcessEnv;

    /** @param files name to text, beside Pulumi.yaml, package.json and tsconfig.json */
    constructor(files: Readonly<Record<string, string>>) {
        const yaml =
            "name: plain\nruntime:\n  name: nodejs\n  options: { typescript: false, nodeargs: --import=tsx }\nmain: index.ts\n";
        const { PULUMI_OPTION_CONFIG_FILE: _, ...environment } = process.env;
        this.#environment = {
            ...environment,
            // Without the .attrs files, which the engine does not write in one go: an engine killed in between leaves an
            // empty one, and then "failed to load checkpoint: EOF" is all that the next run says.
            PULUMI_BACKEND_URL: `file://${this.directory}?metadata=skip`,
            PULUMI_CONFIG_PASSPHRASE: "contract",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            NO_COLOR: "1",
        };
        this.write({
            "Pulumi.yaml": yaml,
            "package.json": '{"name":"plain","main":"index.ts"}',
            "tsconfig.json": "{}",
            ...files,
        });
        symlinkSync(resolve("node_modules"), join(this.directory, "node_modules"));
    }

    write(files: Readonly<Record<string, string>>): void {
        for (const [name, text] of Object.entries(files)) {
            writeFileSync(join(this.directory, name), text);
        }
    }

    async run(...args: string[]): Promise<Result> {
        const child = this.start(...args);
        let text = "";
        child.stdout?.on("data", (chunk: Buffer) => {
            text += chunk.toString();
        });
        child.stderr?.on("data", (chunk: Buffer) => {
            text += chunk.toString();
        });
        const exitCode = await new Promise<number | null>((done) => child.once("close", done));
        return { exitCode, text };
    }

    start(...args: string[]): ChildProcess {
        return spawn("pulumi", [...args, "--stack", "test", "--non-interactive", "--color=never"], {
            cwd: this.directory,
            env: this.#environment,
            stdio: ["ignore", "pipe", "pipe"],
        });
    }

    /** Processes that still work in the project's directory. */
    get processes(): number[] {
        return readdirSync("/proc")
            .map(Number)
            .filter((pid) => {
                try {
                    return pid > 0 && readlinkSync(`/proc/${pid}/cwd`).startsWith(this.directory);
                } catch {
                    return false;
                }
            });
    }

    remove(): void {
        rmSync(this.directory, { recursive: true, force: true });
    }
}
