import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlainError } from "../../lib/errors.js";
import { parseState, type StateResource } from "../state.js";
import { classify } from "./classify.js";
import type { Look } from "./confirm.js";
import { type EngineLog, parseEvents } from "./events.js";
import { type ProcessResult, runProcess } from "./process.js";

/** `pulumi preview --expect-no-changes`; the CLI's stable contract since 3.227. Anything else is a run that broke. */
const CLEAN = 0;
const CHANGES = 7;

export interface PulumiOptions {
    /** The program: where @/Pulumi.yaml is. */
    readonly directory: string;
    readonly env: NodeJS.ProcessEnv;
    readonly previewSeconds: number;
    /** Milliseconds left of the run. */
    readonly remainingMs: () => number;
    readonly signal: AbortSignal;
}

/** One stack through Pulumi's command line; nothing it calls writes to the state. */
export class PulumiStack {
    constructor(
        readonly stack: string,
        private readonly options: PulumiOptions,
    ) {}

    /** @throws PlainError when the state cannot be read */
    async state(): Promise<StateResource[]> {
        const result = await this.#run(["stack", "export"]);
        if (result.code !== CLEAN) throw new PlainError(`pulumi stack export ${ending(result)}`);
        return parseState(result.stdout);
    }

    /** One preview with refresh: what an `up` would change, or why that is not known. Never throws. */
    async preview(state: readonly StateResource[]): Promise<Look> {
        const directory = mkdtempSync(join(tmpdir(), "drift-"));
        const log = join(directory, "events.jsonl");
        try {
            const result = await this.#run([
                "preview",
                "--refresh",
                "--run-program",
                "--expect-no-changes",
                "--suppress-outputs",
                "--event-log",
                log,
            ]);
            return judge(this.stack, result, parseEvents(readIfThere(log)), state);
        } finally {
            rmSync(directory, { recursive: true, force: true });
        }
    }

    #run(args: readonly string[]): Promise<ProcessResult> {
        const { directory, env, previewSeconds, remainingMs, signal } = this.options;
        return runProcess("pulumi", [...args, "--stack", this.stack, "--non-interactive", "--color", "never"], {
            cwd: directory,
            env: {
                ...env,
                PULUMI_SKIP_UPDATE_CHECK: "true",
                // The event log is an option of this mode; the Automation API takes the same way.
                PULUMI_DEBUG_COMMANDS: "true",
            },
            timeoutMs: Math.min(previewSeconds * 1000, remainingMs()),
            signal,
        });
    }
}

/**
 * What an exit code and an event log say together. Clean is what ended with 0, said its last word and would change
 * nothing; drift is what ended with 7 and names changes; everything else is an error.
 */
export function judge(stack: string, result: ProcessResult, log: EngineLog, state: readonly StateResource[]): Look {
    const trouble = () => ({ error: `pulumi preview ${ending(result, log)}` });
    if (result.code !== CLEAN && result.code !== CHANGES) return trouble();
    if (!log.complete || log.errors.length > 0) return trouble();
    const findings = classify(stack, log, state);
    if (result.code === CLEAN && findings.length > 0) {
        return { error: `pulumi preview ended with 0, yet names ${findings.length} changes` };
    }
    if (result.code === CHANGES && findings.length === 0) {
        return { error: "pulumi preview ended with 7, yet names no change" };
    }
    return { findings };
}

/** How a run that broke ended, in one line. */
function ending({ code, stderr, stdout, trouble }: ProcessResult, log?: EngineLog): string {
    const how = trouble ?? (code === CLEAN || code === CHANGES ? "did not say its last word" : `ended with ${code}`);
    const named = (log?.errors ?? []).map(({ urn, message }) => {
        const resource = urn?.split("::").at(-1);
        return resource ? `${resource}: ${message}` : message;
    });
    const said =
        named.find((line) => !/^(update|preview) failed$/i.test(line)) ?? lastError(stderr) ?? lastError(stdout);
    return [how, said?.replace(/\s+/g, " ").slice(0, 600)].filter(Boolean).join(": ");
}

/** The last line that speaks of an error, or the last at all. */
function lastError(text: string): string | undefined {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
}

function readIfThere(path: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return "";
    }
}
