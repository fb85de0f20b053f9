import { chmodSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { PlainError, wordsOf } from "../../jobs/lib/errors.js";
import { exitCode } from "./exitCode.js";
import { progress } from "./output.js";

/** What asks this process to end; the last one comes when the terminal is closed. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
type Signal = (typeof signals)[number];

/** How a guarded file goes back. */
export interface GuardedFile {
    readonly path: string;
    readonly before: string;
    readonly after: string;
    /** Takes the change out of what somebody else has written to meanwhile. */
    readonly undo: (now: string) => string;
}

/** Keeps a changed file from outliving an update that did not succeed, however this process ends. */
export class FileGuard {
    #running = false;
    #signal: Signal | undefined;
    readonly #onSignal = (signal: Signal) => this.#interrupt(signal);
    readonly #onExit = () => this.#lastResort();

    constructor(private readonly file: GuardedFile) {
        for (const signal of signals) process.on(signal, this.#onSignal);
        process.on("exit", this.#onExit);
        // Whoever read the progress may be gone, as after Ctrl-C with tee, or with the terminal: no reason to die in the middle, nor later.
        process.stderr.on("error", () => {});
        writeWhole(file.path, file.after);
    }

    /** Waits for what reads the file; a signal meanwhile is remembered, for the other one to end by itself. */
    async whileRuns(work: () => Promise<void>): Promise<void> {
        this.#running = true;
        try {
            await work();
        } finally {
            this.#running = false;
        }
    }

    /** @throws PlainError when a signal came while something ran, and that did not end by it */
    demandNoSignal(): void {
        if (this.#signal) throw new PlainError(`Ended by ${this.#signal}; the stack file is as it was.`);
    }

    putBack(): void {
        const { path, before, after, undo } = this.file;
        const now = readFileSync(path, "utf8");
        writeWhole(path, now === after ? before : undo(now));
    }

    end(): void {
        for (const signal of signals) process.off(signal, this.#onSignal);
        process.off("exit", this.#onExit);
    }

    #interrupt(signal: Signal): void {
        if (this.#running) {
            this.#signal = signal;
            progress("cicd: waiting for pulumi to end; unless it succeeds, the stack file is put back …");
            return;
        }
        this.putBack();
        this.end();
        progress(`cicd: ended by ${signal}; the stack file is as it was`);
        process.exit(exitCode.undone);
    }

    /** Node ends with 0 when nothing is left that could settle what is waited for. */
    #lastResort(): void {
        process.exitCode ||= exitCode.undone;
        try {
            this.putBack();
        } catch (error) {
            progress(`cicd: ${this.file.path} was not put back: ${wordsOf(error)}; see git diff`);
        }
    }
}

/** Whole or not at all, with the rights it had; a link goes on naming the file. */
function writeWhole(path: string, text: string): void {
    if (readFileSync(path, "utf8") === text) return;
    const file = realpathSync(path);
    const beside = `${file}.${process.pid}.tmp`;
    writeFileSync(beside, text, { mode: 0o600 });
    // The mode of a new file is what the umask leaves of it.
    chmodSync(beside, statSync(file).mode);
    renameSync(beside, file);
}
