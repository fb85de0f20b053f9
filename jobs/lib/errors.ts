/** An error whose message says all there is to say: printed as it is, without a stack trace. */
export class PlainError extends Error {
    override readonly name: string = "PlainError";
}

/** Settings or arguments that whoever started the program can mend. */
export class UsageError extends PlainError {
    override readonly name = "UsageError";
}

/** What anything thrown says about itself, in one line; Node leaves `message` empty when several addresses were tried. */
export function wordsOf(thrown: unknown): string {
    if (thrown instanceof AggregateError && thrown.errors.length > 0) return thrown.errors.map(wordsOf).join("; ");
    if (thrown instanceof Error) return thrown.message || (thrown as NodeJS.ErrnoException).code || thrown.name;
    return String(thrown);
}
