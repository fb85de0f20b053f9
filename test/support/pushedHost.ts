import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type ManagedFile, type Push, pushProgram } from "../../components/host/payload.js";
import type { ShellResult } from "./shell.js";

const owner = execFileSync("sh", ["-c", 'printf %s "$(id -un):$(id -gn)"'], { encoding: "utf8" });

/** A directory of this machine that files are pushed to, as if it were a host. */
export class PushedHost {
    readonly directory = mkdtempSync(join(tmpdir(), "pushed-"));
    readonly root = join(this.directory, "root");

    path(name: string): string {
        return join(this.root, name);
    }

    read(name: string): string | undefined {
        return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : undefined;
    }

    mode(name: string): string {
        return (statSync(this.path(name)).mode & 0o777).toString(8);
    }

    put(name: string, text: string, mode = 0o644): void {
        mkdirSync(dirname(this.path(name)), { recursive: true });
        writeFileSync(this.path(name), text);
        chmodSync(this.path(name), mode);
    }

    /** @param files contents by name in the root, or whole files */
    program(files: Readonly<Record<string, string | Omit<ManagedFile, "path">>>, more: Partial<Push> = {}): string {
        const all = Object.entries(files).map(([name, file]) => ({
            owner,
            path: this.path(name),
            ...(typeof file === "string" ? { content: file } : file),
        }));
        return pushProgram({ root: this.root, files: all, revision: 1, ...more });
    }

    /** Runs it in a process group of its own. @param seen called with what it prints, and its pid */
    run(
        text: string,
        { action = "work-push", env = {} }: { action?: string; env?: Record<string, string> } = {},
        seen: (output: string, pid: number) => void = () => {},
    ): Promise<ShellResult> {
        const file = join(mkdtempSync(join(this.directory, "run-")), "push");
        writeFileSync(file, text);
        mkdirSync(join(this.root, ".push"), { recursive: true, mode: 0o700 });
        const child = spawn("sh", [file, action], {
            detached: true,
            env: { PATH: process.env.PATH ?? "", HOST: this.directory, ...env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        let output = "";
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", (text: string) => {
                output += text;
                seen(output, child.pid ?? 0);
            });
        }
        return new Promise((done, failed) => {
            child.once("error", failed);
            child.once("close", (code) => done({ code, output }));
        });
    }

    remove(): void {
        rmSync(this.directory, { recursive: true, force: true });
    }
}
