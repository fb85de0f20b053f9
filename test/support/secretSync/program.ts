import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

export interface ProgramEnd {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

export interface ProgramRun {
    readonly child: ChildProcess;
    readonly end: Promise<ProgramEnd>;
}

/** Starts the sync as the cluster does, with nothing in its environment but this. */
export function startSync(environment: Readonly<Record<string, string>>, ...args: readonly string[]): ProgramRun {
    const main = join(__dirname, "../../../jobs/secret-sync/main.ts");
    const child = spawn(process.execPath, ["--import", "tsx", main, ...args], {
        env: { PATH: process.env.PATH ?? "", ...environment },
        stdio: ["ignore", "pipe", "pipe"],
    });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
        child[name].setEncoding("utf8").on("data", (text: string) => {
            said[name] += text;
        });
    }
    const end = new Promise<ProgramEnd>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code) => resolve({ code, ...said }));
    });
    return { child, end };
}
