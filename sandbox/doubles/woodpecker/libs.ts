import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Why a schedule or its time zone is refused, or the Unix time of the next run (0: never). */
export interface ScheduleAnswer {
    readonly scheduleError?: string;
    readonly timezoneError?: string;
    readonly next?: number;
}

interface Answer {
    readonly result?: unknown;
    readonly error?: string;
    readonly panic?: boolean;
}

/** A library of Woodpecker refused its input; `panicked` where it crashed over it. */
export class LibraryError extends Error {
    readonly panicked: boolean;

    constructor(message: string, panicked = false) {
        super(message);
        this.panicked = panicked;
    }
}

/** The libraries that Woodpecker decides with, behind the Go program `woodpecker-libs`. */
export class Libs {
    readonly #process: ChildProcessWithoutNullStreams;
    readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
    #gone: Error | undefined;

    constructor(program: string) {
        this.#process = spawn(program, { stdio: ["pipe", "pipe", "pipe"] });
        createInterface({ input: this.#process.stdout }).on("line", (line) => {
            this.#waiting.shift()?.resolve(JSON.parse(line) as Answer);
        });
        const fail = (reason: string): void => {
            this.#gone = new Error(`${program}: ${reason}; build it from sandbox/toolchain/woodpecker-libs`);
            for (const { reject } of this.#waiting.splice(0)) reject(this.#gone);
        };
        this.#process.once("error", (error) => fail(error.message));
        this.#process.once("exit", (code) => fail(`ended with ${code}`));
        this.#process.stdin.on("error", () => undefined);
    }

    /** The text with `${…}` replaced, as the server does it before anything else. */
    substitute(text: string, variables: Readonly<Record<string, string>>): Promise<string> {
        return this.#ask({ op: "substitute", text, variables });
    }

    evaluate(expression: string, variables: Readonly<Record<string, string>>): Promise<boolean> {
        return this.#ask({ op: "evaluate", expression, variables });
    }

    yaml(text: string): Promise<unknown> {
        return this.#ask({ op: "yaml", text });
    }

    /** Whether one of the glob patterns matches. */
    match(patterns: readonly string[], value: string): Promise<boolean> {
        return patterns.length === 0 ? Promise.resolve(false) : this.#ask({ op: "match", patterns, value });
    }

    schedule(schedule: string, timezone: string, now: number): Promise<ScheduleAnswer> {
        return this.#ask({ op: "schedule", schedule, timezone, now });
    }

    close(): void {
        this.#process.stdin.end();
    }

    async #ask<T>(request: object): Promise<T> {
        if (this.#gone) throw this.#gone;
        const answer = await new Promise<Answer>((resolve, reject) => {
            this.#waiting.push({ resolve, reject });
            this.#process.stdin.write(`${JSON.stringify(request)}\n`);
        });
        if (answer.error !== undefined) throw new LibraryError(answer.error, answer.panic);
        return answer.result as T;
    }
}
