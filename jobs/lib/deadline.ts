/** A point in time after which a program stops asking. Measured on a clock that cannot be set back. */
export class Deadline {
    readonly #end: number;

    constructor(
        seconds: number,
        private readonly now: () => number = () => performance.now(),
    ) {
        this.#end = this.now() + seconds * 1000;
    }

    /** Milliseconds left, never below zero. */
    get remainingMs(): number {
        return Math.max(0, this.#end - this.now());
    }

    get passed(): boolean {
        return this.remainingMs === 0;
    }

    /** Waits, but not past the deadline. */
    async sleep(milliseconds: number): Promise<void> {
        const end = Math.min(this.now() + milliseconds, this.#end);
        // a timer may fire some milliseconds early, as it starts from the time of the last event
        for (let left = end - this.now(); left > 0; left = end - this.now()) {
            await new Promise((resolve) => setTimeout(resolve, Math.ceil(left)));
        }
    }
}
