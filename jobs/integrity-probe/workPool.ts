export type Task = () => Promise<void>;

/**
 * A fixed number of workers that take what was added last first, so that a tree is walked downwards and what waits
 * stays small. Tasks are drawn from iterators one at a time: a list of 100 000 tags is not 100 000 pending tasks.
 */
export class WorkPool {
    readonly #stack: Iterator<Task>[] = [];
    #idle: (() => void)[] = [];
    #active = 0;
    #stopped = false;

    /** @param onError takes what a task throws; the pool goes on unless it calls `stop` */
    constructor(
        private readonly workers: number,
        private readonly onError: (error: unknown) => void,
    ) {}

    add(tasks: Iterable<Task>): void {
        this.#stack.push(tasks[Symbol.iterator]());
        this.#wake();
    }

    /** Lets the running tasks end and starts no other. */
    stop(): void {
        this.#stopped = true;
        this.#wake();
    }

    /** Works until nothing is left, including what tasks add meanwhile. */
    async drain(): Promise<void> {
        await Promise.all(Array.from({ length: this.workers }, () => this.#work()));
    }

    async #work(): Promise<void> {
        while (!this.#stopped) {
            const task = this.#next();
            if (task) {
                this.#active++;
                try {
                    await task();
                } catch (error) {
                    this.onError(error);
                }
                this.#active--;
            } else if (this.#active > 0) {
                await new Promise<void>((resolve) => this.#idle.push(resolve));
            } else {
                break;
            }
        }
        this.#wake();
    }

    #next(): Task | undefined {
        for (let top = this.#stack.at(-1); top; top = this.#stack.at(-1)) {
            const { done, value } = top.next();
            if (!done) return value;
            // an iterator may itself have added work above
            this.#stack.splice(this.#stack.indexOf(top), 1);
        }
        return undefined;
    }

    #wake(): void {
        const idle = this.#idle;
        this.#idle = [];
        for (const resume of idle) resume();
    }
}
