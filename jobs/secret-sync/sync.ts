import { WoodpeckerClient } from "../../providers/woodpecker/client.js";
import { Deadline } from "../lib/deadline.js";
import { PlainError, wordsOf } from "../lib/errors.js";
import { HttpClient } from "../lib/http.js";
import { redact } from "../lib/redact.js";
import type { KvSecret } from "../lib/vault.js";
import { type Applied, applyPlan } from "./apply.js";
import { pathsOf, targetKey, targetName, targetsOf } from "./mapping.js";
import type { Problem } from "./offers.js";
import { type Plan, planOf } from "./plan.js";
import { Session } from "./session.js";
import type { SyncSettings } from "./settings.js";
import { listTargets } from "./targets.js";
import { wishesOf } from "./wanted.js";

/** What came of a run. */
export interface SyncRun {
    readonly mode: SyncSettings["mode"];
    readonly durationSeconds: number;
    /** Nothing when Vault or Woodpecker could not be read. */
    readonly plan?: Plan;
    /** Nothing in mode plan, and when the plan was refused. */
    readonly applied?: Applied;
    /** Why the run as a whole failed. */
    readonly error?: string;
    /** Trouble that changed nothing about the outcome. */
    readonly warning?: string;
}

const SHORTEST_KEY = 16;

/**
 * One run, from the login to the token given back. Never throws: what failed is in what it returns.
 *
 * Nothing is written before everything was read: all of Vault's paths, all pages of Woodpecker's lists.
 *
 * @param interrupt ends the run early, as its deadline does
 */
export async function runSync(settings: SyncSettings, interrupt?: AbortSignal): Promise<SyncRun> {
    const started = performance.now();
    const http = new HttpClient({ connections: 1 });
    const deadline = new Deadline(settings.deadlineSeconds);
    const session = new Session(settings, http, deadline);
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), settings.deadlineSeconds * 1000);
    const stop = () => end.abort();
    interrupt?.addEventListener("abort", stop);
    let outcome: Pick<SyncRun, "plan" | "applied" | "error">;
    try {
        outcome = await work(settings, session, end.signal);
    } catch (error) {
        const words = end.signal.aborted
            ? `ended early, before anything was changed: ${wordsOf(error)}`
            : wordsOf(error);
        outcome = { error: redact(words, session.secrets) };
    } finally {
        clearTimeout(timer);
        interrupt?.removeEventListener("abort", stop);
    }
    const warning = await session.close();
    http.close();
    const durationSeconds = Math.round(performance.now() - started) / 1000;
    return { mode: settings.mode, durationSeconds, ...outcome, ...(warning && { warning }) };
}

async function work(settings: SyncSettings, session: Session, signal: AbortSignal) {
    const { mapping, instance: owner, pruneLimit, rewrite, mode } = settings;
    await session.open();
    const token = await session.own(settings.woodpecker.token, "WOODPECKER_TOKEN_PATH");
    const fingerprintKey = await session.own(settings.fingerprintKey, "FINGERPRINT_KEY_PATH");
    if (fingerprintKey.length < SHORTEST_KEY) {
        throw new PlainError(`The key of the fingerprints has less than ${SHORTEST_KEY} characters`);
    }
    const secrets = new Map<string, KvSecret>();
    for (const path of pathsOf(mapping)) secrets.set(path, await session.copied(path));

    const client = new WoodpeckerClient({
        server: settings.woodpecker.server,
        token,
        timeoutSeconds: settings.requestTimeoutSeconds,
        signal,
        ...(settings.retryPauseMs !== undefined && { firstDelay: settings.retryPauseMs }),
    });
    const listed = await listTargets(client, targetsOf(mapping));
    const wishes = wishesOf({ mapping, mount: settings.vault.kvMount, secrets, owner, fingerprintKey });
    const made = planOf({ wishes, states: listed.states, owner, pruneLimit, rewrite });
    const plan: Plan = { ...made, problems: [...listed.problems, ...made.problems] };
    if (mode === "plan" || plan.refusal) return { plan };
    const applied = await applyPlan({
        steps: plan.steps,
        collections: (target) => {
            const collection = listed.collections.get(targetKey(target));
            if (!collection) throw new Error(`${targetName(target)} was not listed`);
            return collection;
        },
        signal,
        secrets: [token, fingerprintKey],
    });
    return { plan, applied };
}

/** What an operator has to look at: of the plan, and of its application. */
export function problemsOf({ plan, applied }: SyncRun): readonly Problem[] {
    return [...(plan?.problems ?? []), ...(applied?.failures ?? [])];
}

/** 0 done or nothing to do, 2 changes pending (mode plan), 1 anything else. */
export function exitCodeOf(run: SyncRun): number {
    if (run.error !== undefined || run.plan?.refusal !== undefined || run.applied?.stopped !== undefined) return 1;
    if (problemsOf(run).length > 0) return 1;
    return run.mode === "plan" && (run.plan?.steps.length ?? 0) > 0 ? 2 : 0;
}
