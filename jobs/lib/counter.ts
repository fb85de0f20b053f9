import type { Gauge } from "./metrics.js";

/** A family of counters that only grow, one for each value of a label. */
export class Counter {
    readonly #counts = new Map<string, number>();

    /** @param values that are there from the beginning, at 0: a rise from nothing is none to Prometheus */
    constructor(
        private readonly name: string,
        private readonly help: string,
        private readonly label: string,
        values: readonly string[],
    ) {
        for (const value of values) this.#counts.set(value, 0);
    }

    add(value: string): void {
        this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    }

    get family(): Gauge {
        const samples = [...this.#counts].map(([value, count]) => ({ labels: { [this.label]: value }, value: count }));
        return { name: this.name, help: this.help, type: "counter", samples };
    }
}
