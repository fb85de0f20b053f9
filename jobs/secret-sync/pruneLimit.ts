import * as z from "zod";

/** Most secrets one run removes: a number, or a share of those the sync owns. */
export type PruneLimit = { readonly count: number } | { readonly percent: number };

/** `10` or `25%`. */
export const pruneLimit = z
    .string()
    .regex(/^(\d{1,6}|(\d{1,2}|100)%)$/, 'is neither a number such as "10" nor a share such as "25%"')
    .transform((text): PruneLimit => {
        const number = Number.parseInt(text, 10);
        return text.endsWith("%") ? { percent: number } : { count: number };
    });

/** @returns why that many may not be removed, where they may not */
export function exceeds(limit: PruneLimit, removals: number, owned: number): string | undefined {
    const most = "count" in limit ? limit.count : Math.ceil((owned * limit.percent) / 100);
    if (removals <= most) return undefined;
    const said = "count" in limit ? String(limit.count) : `${limit.percent}%`;
    return (
        `${removals} of the ${owned} secrets it owns would be removed, and PRUNE_LIMIT ${said} allows ${most}: ` +
        `nothing was changed. See that Vault holds what it should; if it does, run once with PRUNE_LIMIT=${removals}`
    );
}
