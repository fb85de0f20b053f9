/** Lets so many through at a time; the others wait in order. */
export class Gate {
    private readonly waiting: (() => void)[] = [];

    constructor(private free: number) {}

    async pass<T>(act: () => Promise<T>): Promise<T> {
        if (this.free > 0) this.free--;
        else await new Promise<void>((enter) => this.waiting.push(enter));
        try {
            return await act();
        } finally {
            const next = this.waiting.shift();
            if (next) next();
            else this.free++;
        }
    }
}
