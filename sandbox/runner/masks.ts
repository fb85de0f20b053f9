/** Replaces secrets in what a job prints. */
export class Masks {
    private readonly values = new Set<string>();

    constructor(values: Iterable<string> = []) {
        for (const value of values) this.add(value);
    }

    /** A value of several lines is masked line by line too, as the log is written by lines. */
    add(value: string): void {
        if (value.trim() === "") return;
        this.values.add(value);
        for (const line of value.split(/\r?\n/)) if (line.trim() !== "") this.values.add(line);
    }

    apply(text: string): string {
        const longestFirst = [...this.values].sort((a, b) => b.length - a.length);
        return longestFirst.reduce((masked, value) => masked.replaceAll(value, "***"), text);
    }
}
