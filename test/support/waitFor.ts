import { setTimeout as pause } from "node:timers/promises";

/**
 * Repeats a probe until it returns without throwing, and returns what it returned.
 *
 * @param what completes the sentence "waiting for …"
 */
export async function waitFor<T>(what: string, probe: () => Promise<T> | T, timeoutSeconds = 30): Promise<T> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    for (;;) {
        try {
            return await probe();
        } catch (error) {
            if (Date.now() > deadline) {
                throw new Error(`gave up after ${timeoutSeconds} s waiting for ${what}`, { cause: error });
            }
        }
        await pause(50);
    }
}
