import { createInterface } from "node:readline/promises";
import { PlainError, UsageError } from "../../jobs/lib/errors.js";

/** @throws UsageError where nobody can be asked */
export function demandSomebodyToAsk(yes: boolean | undefined): void {
    if (yes || process.stdin.isTTY) return;
    throw new UsageError("This asks before it changes anything, and there is no terminal to ask on; say --yes");
}

/**
 * Asks on the terminal; anything but y or yes is a no.
 *
 * @throws PlainError when there is no answer: Ctrl-C, or an input that ended
 */
export async function confirm(question: string): Promise<boolean> {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    // An input that ended settles no question, and the process would end in the middle of what asks.
    const unanswered = new Promise<never>((_, reject) => {
        const refuse = () => reject(new PlainError("There was no answer; nothing was changed."));
        lines.once("close", refuse).once("SIGINT", refuse);
    });
    try {
        const answer = await Promise.race([lines.question(`${question} [y/N] `), unanswered]);
        return /^y(es)?$/i.test(answer.trim());
    } finally {
        lines.close();
    }
}
