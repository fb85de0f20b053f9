import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../../..");

/** What the job's line of JSON says, as far as tests ask. */
export interface Summary {
    readonly clean: number;
    readonly drift: number;
    readonly errors: number;
    readonly findings: number;
    readonly new: number;
    readonly resolved: number;
    readonly durationSeconds: number;
    readonly found: readonly {
        readonly id: string;
        readonly cause: string;
        readonly kind: string;
        readonly seenBy: "engine" | "audit";
        readonly name: string;
        readonly resource: string;
        readonly paths: readonly string[];
    }[];
    readonly stacks: readonly { readonly state: string; readonly errors?: readonly string[] }[];
    readonly troubles?: readonly string[];
}

export interface JobRun {
    readonly code: number | null;
    readonly summary: Summary;
    readonly stderr: string;
}

/** A place in which runs of the job keep what they remember and report. */
export class DriftJob {
    readonly directory = mkdtempSync(join(tmpdir(), "drift-job-"));
    readonly history = join(this.directory, "history.json");

    /** @param environment besides this process's own @param whileRunning gets the process, e.g. to end it */
    run(environment: Readonly<Record<string, string>> = {}, whileRunning?: (pid: number) => void): Promise<JobRun> {
        const child = spawn(process.execPath, ["--import", "tsx", join(root, "jobs/drift/main.ts")], {
            cwd: root,
            env: {
                ...process.env,
                STACKS: "sandbox",
                PROGRAM_DIRECTORY: root,
                CONFIRM_AFTER_SECONDS: "0",
                HISTORY: this.history,
                REPORT_DIR: this.directory,
                ...environment,
            },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const said = { stdout: "", stderr: "" };
        for (const stream of ["stdout", "stderr"] as const) {
            child[stream].setEncoding("utf8").on("data", (text: string) => {
                said[stream] += text;
            });
        }
        if (child.pid !== undefined) whileRunning?.(child.pid);
        return new Promise((done, failed) => {
            child.once("error", failed);
            child.once("close", (code) => {
                const line = said.stdout.trim().split("\n").at(-1) ?? "";
                try {
                    done({ code, summary: JSON.parse(line) as Summary, stderr: said.stderr });
                } catch {
                    failed(new Error(`no summary; code ${code}: ${said.stderr}`));
                }
            });
        });
    }

    report(name: "drift.md" | "drift.html"): string {
        return readFileSync(join(this.directory, name), "utf8");
    }
}
