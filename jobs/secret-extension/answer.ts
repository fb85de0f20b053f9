import type { KvSecret } from "../lib/vault.js";
import type { Entry, Mapping } from "../secret-sync/mapping.js";
import { type Offer, offersOf, type Problem } from "../secret-sync/offers.js";
import { matchesEvent } from "./allowList.js";

/** A secret as Woodpecker's server reads it. */
export interface ServedSecret {
    readonly name: string;
    readonly value: string;
    readonly images: readonly string[];
    /** Never empty: without events a secret goes to pull requests from forks, too. */
    readonly events: readonly string[];
}

export interface Answer {
    readonly secrets: readonly ServedSecret[];
    /** What the mapping asks for and cannot be served. */
    readonly problems: readonly Problem[];
}

/** Of whom secrets are asked for. */
export interface Pipeline {
    /** `owner/name`. */
    readonly repository: string;
    readonly event: string;
}

/** The entries of the mapping that a pipeline gets secrets of. */
export function entriesFor({ entries }: Mapping, { repository, event }: Pipeline): Entry[] {
    const owner = repository.slice(0, repository.lastIndexOf("/"));
    const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
    return entries.filter(({ target, events }) => {
        if (!matchesEvent(events, event)) return false;
        if (target === "global") return true;
        return "organization" in target ? same(target.organization, owner) : same(target.repository, repository);
    });
}

/**
 * What a pipeline gets.
 *
 * @param secrets of Vault by path; a path that is missing could not be read
 */
export function answerOf(entries: readonly Entry[], mount: string, secrets: ReadonlyMap<string, KvSecret>): Answer {
    const read = entries.filter(({ path }) => secrets.has(path));
    const unread = entries.filter(({ path }) => !secrets.has(path));
    const { offers, refused } = offersOf({ mapping: { entries: read }, mount, secrets });
    // As of stored secrets: the repository's before its organisation's before everybody's, whatever the case.
    const byName = new Map(
        offers.toSorted((a, b) => rank(a) - rank(b)).map((offer) => [offer.name.toLowerCase(), offer]),
    );
    const served = [...byName.values()].map(({ name, value, images, events }) => ({ name, value, images, events }));
    return {
        secrets: served.sort((a, b) => (a.name < b.name ? -1 : 1)),
        problems: [
            ...unread.map(({ target, path }) => ({ target, reason: `${mount}/${path} could not be read` })),
            ...refused,
        ],
    };
}

const rank = ({ target }: Offer) => (target === "global" ? 0 : "organization" in target ? 1 : 2);
