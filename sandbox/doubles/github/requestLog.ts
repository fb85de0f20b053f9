import { appendFileSync } from "node:fs";
import type { Delivery } from "./deliveries.js";

/** One request, or one delivery to a webhook. */
export interface Entry {
    /** Counts up from 1; `?after=` takes it. */
    readonly number: number;
    readonly time: string;
    readonly method?: string;
    /** Path and query as sent; no header and no body is kept. */
    readonly path?: string;
    readonly status?: number;
    readonly login?: string;
    /** True for what the route table does not know. */
    readonly unhandled?: true;
    readonly delivery?: Delivery;
}

const KEPT = 10_000;

/** What was asked and delivered, newest last. */
export class RequestLog {
    private readonly entries: Entry[] = [];
    private count = 0;

    /** @param file one JSON line per entry, where given */
    constructor(private readonly file?: string) {}

    add(entry: Omit<Entry, "number" | "time">): void {
        this.count += 1;
        const full: Entry = { number: this.count, time: new Date().toISOString(), ...entry };
        this.entries.push(full);
        if (this.entries.length > KEPT) this.entries.shift();
        if (this.file) appendFileSync(this.file, `${JSON.stringify(full)}\n`, { mode: 0o600 });
    }

    after(number: number): readonly Entry[] {
        return this.entries.filter((entry) => entry.number > number);
    }

    unhandled(number: number): readonly Entry[] {
        return this.after(number).filter((entry) => entry.unhandled);
    }
}
