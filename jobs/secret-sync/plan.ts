import type { Secret } from "../../providers/woodpecker/client.js";
import { type Target, targetKey, targetName } from "./mapping.js";
import { ownerOf, stateOf } from "./note.js";
import { type Problem, placeOf } from "./offers.js";
import { exceeds, type PruneLimit } from "./pruneLimit.js";
import type { Wanted, Wishes } from "./wanted.js";

/** A write to Woodpecker. */
export type Step =
    | {
          readonly action: "create" | "change" | "restore" | "adopt";
          readonly wanted: Wanted;
          readonly reason: string;
      }
    | { readonly action: "prune"; readonly target: Target; readonly name: string; readonly reason: string };

export type Action = Step["action"];

export interface Plan {
    /**
     * Removals last, and none from a target that has problems: a secret that only got another name is never missing.
     */
    readonly steps: readonly Step[];
    readonly problems: readonly Problem[];
    /** Secrets that are as they should be. */
    readonly unchanged: number;
    /** Why nothing of it may be done: it would remove more than it may. */
    readonly refusal?: string;
}

/** The secrets of a target, every page of them. */
export interface TargetState {
    readonly target: Target;
    readonly secrets: readonly Secret[];
}

export interface PlanInput {
    readonly wishes: Wishes;
    /** Targets that could be listed; of others nothing is planned. */
    readonly states: readonly TargetState[];
    readonly owner: string;
    readonly pruneLimit: PruneLimit;
    /** Write every value again, also those whose note is right. */
    readonly rewrite?: boolean;
}

export const UNASKED = "is no longer asked for";

/** Compares what is to be with what is. Values of Woodpecker are not needed: it gives none. */
export function planOf(input: PlanInput): Plan {
    const writes: Step[] = [];
    const removals: Step[] = [];
    const problems: Problem[] = [];
    let unchanged = 0;
    let owned = 0;
    let unasked = 0;
    for (const state of input.states) {
        const here = targetKey(state.target);
        const isHere = ({ target }: { readonly target: Target }) => targetKey(target) === here;
        const wanted = input.wishes.wanted.filter(isHere);
        const refused = input.wishes.refused.filter(isHere);
        const mine = state.secrets.filter((secret) => ownerOf(secret.note) === input.owner);
        const present = presentIn(state);
        const troubles: Problem[] = [...refused];
        owned += mine.length;
        for (const one of wanted) {
            const result = stepFor(one, present, input);
            if (result === undefined) unchanged++;
            else if ("action" in result) writes.push(result);
            else troubles.push(result);
        }
        const asked = new Set([...wanted, ...refused].map(({ name }) => name));
        problems.push(...troubles);
        const stays = `${UNASKED}, and stays while other secrets of ${targetName(state.target)} have problems`;
        for (const { name } of mine) {
            if (asked.has(name)) continue;
            unasked++;
            if (troubles.length > 0) problems.push({ target: state.target, name, reason: stays });
            else removals.push({ action: "prune", target: state.target, name, reason: UNASKED });
        }
    }
    // with those that stay: how many nobody asks for tells that Vault does not hold what it should
    const refusal = exceeds(input.pruneLimit, unasked, owned);
    return { steps: [...writes, ...removals], problems, unchanged, ...(refusal && { refusal }) };
}

/** Secrets of a target by where they are found at run time. */
type Present = ReadonlyMap<string, readonly Secret[]>;

function presentIn({ target, secrets }: TargetState): Present {
    const present = new Map<string, Secret[]>();
    for (const secret of secrets) {
        const place = placeOf(target, secret.name);
        present.set(place, [...(present.get(place) ?? []), secret]);
    }
    return present;
}

/** @returns undefined when all is as it should be */
function stepFor(wanted: Wanted, present: Present, input: PlanInput): Step | Problem | undefined {
    const { target, name } = wanted;
    const problem = (reason: string): Problem => ({ target, name, reason });
    const alike = present.get(placeOf(target, name)) ?? [];
    const stranger = alike.find((other) => other.name !== name && ownerOf(other.note) !== input.owner);
    if (stranger) return problem(`"${stranger.name}" is there already and differs by case only; it is not this sync's`);
    const found = alike.find((other) => other.name === name);
    if (!found) return { action: "create", wanted, reason: `version ${wanted.version}` };
    const { note } = found;
    const owner = ownerOf(note);
    if (owner === input.owner) {
        const difference = differenceOf(wanted, found, note);
        if (difference) return { ...difference, wanted };
        return input.rewrite ? { action: "restore", wanted, reason: "every value is written again" } : undefined;
    }
    if (owner !== undefined) return problem(`belongs to the secret-sync "${owner}"`);
    if (note === "" && wanted.adopt) return { action: "adopt", wanted, reason: "carries no note" };
    const remedy = note === "" ? '; set "adopt" in the mapping to take it over' : "";
    return problem(`is there already and was not made by secret-sync${remedy}`);
}

function differenceOf(
    wanted: Wanted,
    found: Secret,
    note: string,
): { action: "change" | "restore"; reason: string } | undefined {
    const state = stateOf(note);
    if (!state) return { action: "restore", reason: "its note was changed in Woodpecker" };
    if (state.fingerprint !== wanted.fingerprint) {
        return state.version === wanted.version
            ? { action: "restore", reason: `its note does not fit version ${wanted.version}` }
            : { action: "change", reason: `version ${state.version} -> ${wanted.version}` };
    }
    if (note !== wanted.noteAt(state.version)) return { action: "change", reason: "its source is another" };
    const fields = [
        sameSet(found.events, wanted.events) ? [] : ["events"],
        sameSet(found.images ?? [], wanted.images) ? [] : ["images"],
    ].flat();
    return fields.length > 0 ? { action: "change", reason: `other ${fields.join(" and ")}` } : undefined;
}

export function sameSet(a: readonly string[], b: readonly string[]): boolean {
    const [left, right] = [new Set(a), new Set(b)];
    return left.size === right.size && [...left].every((item) => right.has(item));
}
