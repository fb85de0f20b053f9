/**
 * Keeps runs of inline programs, which share a process and the SDK's modules in it, from disturbing each other.
 *
 * The Automation API does not wait for a run whose engine has failed: it may end while the next one is at work. And the SDK takes
 * any error of gRPC for the engine's own end, and such a run for done: one that is cut off before its program begins declares
 * nothing, and the engine deletes all that was declared before (@pulumi/pulumi 3.270.0, automation/server.js, `run`).
 */

import { setTimeout as pause } from "node:timers/promises";
import * as server from "@pulumi/pulumi/automation/server.js";
import { getMonitor } from "@pulumi/pulumi/runtime/settings.js";
import type * as runtime from "@pulumi/pulumi/runtime/stack.js";

/** The module as the SDK itself sees it; what `import` gives cannot be changed. */
const stack: { runInPulumiStack: typeof runtime.runInPulumiStack } = require("@pulumi/pulumi/runtime/stack.js");

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

/** What a run says here that did not come as far as its program. */
const CUT_OFF = "cut off from its engine before the program began";

const { runInPulumiStack } = stack;
stack.runInPulumiStack = async (program) => {
    let begun = false;
    const begin = () => {
        begun = getMonitor() !== undefined;
        return program();
    };
    const outputs = await runInPulumiStack(begin).catch((error) => {
        throw begun ? error : new Error(`${CUT_OFF}: ${error}`);
    });
    if (!begun) throw new Error(`${CUT_OFF}: it has no address of an engine`);
    return outputs;
};

/**
 * An operation, once more where it failed for what is not its own: the SDK lays every rejection that nobody handles on the run
 * of the moment, and a run whose engine was killed or has failed may be refused its last question as late as then.
 */
export async function undisturbed<T extends { readonly exitCode: number; readonly text: string }>(
    operation: () => Promise<T>,
): Promise<T> {
    const first = await operation();
    const disturbed = [OF_THE_DEAD, CUT_OFF].some((words) => first.text.includes(words));
    return first.exitCode !== 0 && disturbed ? operation() : first;
}
