import { createInterface } from "node:readline/promises";
import { UsageError } from "../../jobs/lib/errors.js";

/** @throws UsageError where nobody can be asked */
export function demandSomebodyToAsk(yes: boolean | undefined): void {
    if (yes || process.stdin.isTTY) return;
    throw new UsageError("This asks before it changes anything, and there is no terminal to ask on; say --yes");
}

/** Asks on the terminal; anything but y or yes is a no. */
export async function confirm(question: string): Promise<boolean> {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
        return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
    } finally {
        lines.close();
    }
}
