/**
 * Lets one run of an inline program end before the next one begins.
 *
 * The Automation API does not wait for a run whose engine has failed. The SDK keeps its connection to the engine in a module, so
 * such a run, when it ends at last, closes the connection of the next one, which then registers nothing and still counts as done:
 * the engine takes everything for deleted (@pulumi/pulumi 3.270.0, runtime/settings.js, `disconnectSync`).
 */

import { setTimeout as pause } from "node:timers/promises";
import * as server from "@pulumi/pulumi/automation/server.js";

/** It is missing from the SDK's types. */
interface LanguageServer {
    run(...args: unknown[]): Promise<void>;
}

const { prototype } = (server as unknown as { LanguageServer: { prototype: LanguageServer } }).LanguageServer;
const running = new Set<Promise<void>>();

const { run } = prototype;
prototype.run = function (this: LanguageServer, ...args) {
    const ended = run.apply(this, args).catch(() => {});
    running.add(ended);
    return ended.finally(() => running.delete(ended));
};

/** A run that waits for an answer of a dead engine never ends, and does no harm. */
const PATIENCE_MS = 2_000;

/** Resolves when no run is left that will end. */
export async function runsToEnd(): Promise<void> {
    await Promise.race([Promise.all(running), pause(PATIENCE_MS, undefined, { ref: false })]);
    running.clear();
}

/** What a run says that is dead already: the engine it asks is gone. */
const OF_THE_DEAD = "14 UNAVAILABLE: No connection established";

/**
 * An operation, once more where it failed for what is not its own: the SDK lays every rejection that nobody handles on the run
 * of the moment, and a run whose engine was killed or has failed may be refused its last question as late as then.
 */
export async function undisturbed<T extends { readonly exitCode: number; readonly text: string }>(
    operation: () => Promise<T>,
): Promise<T> {
    const first = await operation();
    return first.exitCode !== 0 && first.text.includes(OF_THE_DEAD) ? operation() : first;
}
