import type { Collection, Secret } from "../../providers/woodpecker/client.js";
import { WoodpeckerError } from "../../providers/woodpecker/errors.js";
import { PlainError, wordsOf } from "../lib/errors.js";
import { redact } from "../lib/redact.js";
import { type Target, targetKey, targetName } from "./mapping.js";
import type { Problem } from "./offers.js";
import { type Action, type Step, sameSet, UNASKED } from "./plan.js";
import type { Wanted } from "./wanted.js";

export type Collections = (target: Target) => Collection<Secret>;

export interface Applied {
    readonly done: readonly Step[];
    readonly failures: readonly Problem[];
    /** Why the rest was not tried; nothing when all was. */
    readonly stopped?: string;
}

export interface ApplyInput {
    readonly steps: readonly Step[];
    readonly collections: Collections;
    /** Ends the run between two writes. */
    readonly signal: AbortSignal;
    /** Besides the values: what must not stand in a message. */
    readonly secrets: readonly string[];
}

/** Writes in a row that got no answer, after which the server counts as gone. */
const OUTAGES = 3;

/**
 * Carries out a plan, one secret after the other: Woodpecker on SQLite answers concurrent writes with 500.
 * What is refused for one secret does not keep the others from theirs, but from being removed: it may be the new
 * name of one of them.
 */
export async function applyPlan({ steps, collections, signal, secrets }: ApplyInput): Promise<Applied> {
    const done: Step[] = [];
    const failures: Problem[] = [];
    const unwritten = new Set<string>();
    let outages = 0;
    for (const [index, step] of steps.entries()) {
        const rest = `${steps.length - index} writes were not tried`;
        if (signal.aborted) return { done, failures, stopped: `no time left: ${rest}` };
        const target = targetOf(step);
        if (step.action === "prune" && unwritten.has(targetKey(target))) {
            const reason = `${UNASKED}, and stays because a write to ${targetName(target)} failed`;
            failures.push({ target, name: step.name, reason });
            continue;
        }
        try {
            await carryOut(step, collections(target));
            done.push(step);
            outages = 0;
        } catch (error) {
            failures.push({ target, name: nameOf(step), reason: reasonOf(error, step, secrets) });
            if (step.action !== "prune") unwritten.add(targetKey(target));
            outages = error instanceof WoodpeckerError && error.isOutage ? outages + 1 : 0;
            const left = `${steps.length - index - 1} writes were not tried`;
            if (error instanceof WoodpeckerError && error.status === 401) {
                return { done, failures, stopped: `Woodpecker does not accept the token: ${left}` };
            }
            if (error instanceof NotesUnsupported) return { done, failures, stopped: left };
            if (outages >= OUTAGES) return { done, failures, stopped: `Woodpecker does not answer: ${left}` };
        }
    }
    return { done, failures };
}

export function targetOf(step: Step): Target {
    return step.action === "prune" ? step.target : step.wanted.target;
}

export function nameOf(step: Step): string {
    return step.action === "prune" ? step.name : step.wanted.name;
}

export function countOf(steps: readonly Step[], ...actions: readonly Action[]): number {
    return steps.filter(({ action }) => actions.includes(action)).length;
}

class NotTaken extends PlainError {}

/** A server before 3.13: without notes nothing can be told apart. */
class NotesUnsupported extends PlainError {}

async function carryOut(step: Step, secrets: Collection<Secret>): Promise<void> {
    if (step.action === "prune") {
        await secrets.remove(step.name);
        return;
    }
    const { wanted } = step;
    if (step.action === "create") return create(wanted, secrets);
    const answer = await secrets.update(wanted.name, bodyOf(wanted));
    if (!answer) throw new NotTaken("is gone since it was listed; the next run makes it again");
    verify(wanted, answer);
}

async function create(wanted: Wanted, secrets: Collection<Secret>): Promise<void> {
    let answer: Secret | undefined;
    try {
        answer = await secrets.create({ name: wanted.name, ...bodyOf(wanted) });
    } catch (error) {
        // A first try whose answer got lost has made it already; anything else of that name is somebody's.
        const lost = error instanceof WoodpeckerError && error.isDuplicate && error.attempts > 1;
        answer = lost ? await secrets.get(wanted.name) : undefined;
        if (answer?.note !== wanted.noteAt(wanted.version)) throw error;
    }
    if (answer.note === undefined) {
        await secrets.remove(wanted.name);
        throw new NotesUnsupported("the server keeps no note; secret-sync needs Woodpecker 3.13 or later");
    }
    verify(wanted, answer);
}

function bodyOf(wanted: Wanted): object {
    const { value, events, images } = wanted;
    return { value, events, images, note: wanted.noteAt(wanted.version) };
}

/** The server answers 200 to a change that it did not understand, too. */
function verify(wanted: Wanted, { note, events, images }: Secret): void {
    if (
        note === wanted.noteAt(wanted.version) &&
        sameSet(events, wanted.events) &&
        sameSet(images ?? [], wanted.images)
    ) {
        return;
    }
    throw new NotTaken("the server answered 200 and has not taken it over");
}

function reasonOf(error: unknown, step: Step, secrets: readonly string[]): string {
    const hidden = step.action === "prune" ? secrets : [step.wanted.value, ...secrets];
    if (!(error instanceof WoodpeckerError)) return redact(wordsOf(error), hidden);
    const tries = error.attempts > 1 ? ` (tried ${error.attempts} times)` : "";
    const words = redact(error.words, hidden).replace(/\s+/g, " ").slice(0, 300);
    return `${step.action}: Woodpecker answered ${error.status || "nothing"}: ${words}${tries}`;
}

/** `global "slack_webhook"`, or the target alone. */
export function placeName({ target, name }: { readonly target: Target; readonly name?: string }): string {
    return name === undefined ? targetName(target) : `${targetName(target)} ${JSON.stringify(name)}`;
}
