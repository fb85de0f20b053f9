import { targetName } from "./mapping.js";
import { fingerprintOf, noteOf } from "./note.js";
import { type NamedProblem, type Offer, type OffersInput, offersOf } from "./offers.js";

/** A secret as it is to be in Woodpecker. */
export interface Wanted extends Omit<Offer, "source"> {
    readonly fingerprint: string;
    /** The note it would have, had it been written at a version of Vault's secret. */
    noteAt(version: number): string;
}

export interface Wishes {
    readonly wanted: readonly Wanted[];
    /** Names that cannot be written. What is there under such a name stays. */
    readonly refused: readonly NamedProblem[];
}

export interface WishesInput extends OffersInput {
    readonly owner: string;
    readonly fingerprintKey: string;
}

/** Turns the mapping and what Vault holds into what Woodpecker is to hold. */
export function wishesOf(input: WishesInput): Wishes {
    const { offers, refused } = offersOf(input);
    return { wanted: offers.map((offer) => wantedOf(offer, input)), refused };
}

function wantedOf({ source, ...offer }: Offer, { owner, fingerprintKey }: WishesInput): Wanted {
    const fingerprint = fingerprintOf(fingerprintKey, targetName(offer.target), offer.name, offer.value);
    const noteAt = (version: number) => noteOf({ owner, source, version, fingerprint });
    return { ...offer, fingerprint, noteAt };
}
