import type { LogLine, Store } from "./store.js";

/** Shorter secrets are not masked: they would make logs unreadable. */
const longestUnmasked = 3;

/** Collects what a step prints, line by line, with secrets masked. */
export class StepLog {
    readonly #store: Store;
    readonly #stepId: number;
    readonly #masked: readonly string[];
    readonly #started = Date.now();
    readonly #lines: LogLine[] = [];
    #rest = "";

    constructor(store: Store, stepId: number, secrets: readonly string[]) {
        this.#store = store;
        this.#stepId = stepId;
        this.#masked = secrets
            .map((value) => value.trim())
            .filter((value) => value.length > longestUnmasked)
            .flatMap((value) => value.split("\n").filter((line) => line !== ""))
            .sort((a, b) => b.length - a.length);
    }

    write(text: string): void {
        const lines = (this.#rest + text).split("\n");
        this.#rest = lines.pop() ?? "";
        for (const line of lines) this.#add(line);
    }

    /** The last line may lack its end. */
    end(): void {
        if (this.#rest !== "") this.#add(this.#rest);
        this.#rest = "";
    }

    #add(line: string): void {
        const masked = this.#masked.reduce((text, secret) => text.replaceAll(secret, "********"), line);
        this.#lines.push({
            id: this.#store.nextId("logs"),
            step_id: this.#stepId,
            time: Math.floor((Date.now() - this.#started) / 1000),
            line: this.#lines.length,
            data: Buffer.from(masked).toString("base64"),
            type: 0,
        });
        this.#store.writeLogLater(this.#stepId, this.#lines);
    }
}
