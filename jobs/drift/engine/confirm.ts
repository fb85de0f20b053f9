import type { Finding } from "../finding.js";

/** What came of one look: findings, or why there are none. */
export type Look =
    | { readonly findings: readonly Finding[]; readonly error?: undefined }
    | { readonly error: string; readonly findings?: undefined };

/** At most: one that failed in passing, and two that agree. */
const LOOKS = 3;

/**
 * Looks until two looks agree: a finding counts that was seen twice in a row, "clean" was said once after a failure at
 * the most. A failure is tried again once.
 *
 * @param look may be called up to three times @param pause between two looks
 */
export async function confirmed(look: () => Promise<Look>, pause: () => Promise<void>): Promise<Look> {
    let before: readonly Finding[] | undefined;
    let failures = 0;
    let last: Look = { error: "nobody looked" };
    for (let count = 0; count < LOOKS; count++) {
        if (count > 0) await pause();
        last = await look();
        if (last.error !== undefined) {
            if (++failures > 1 || before) return last;
            continue;
        }
        if (last.findings.length === 0) return last;
        const earlier = before;
        if (earlier) {
            const twice = last.findings.filter(({ id }) => earlier.some((each) => each.id === id));
            return { findings: twice };
        }
        before = last.findings;
    }
    return last;
}
