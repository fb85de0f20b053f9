import { Ledger } from "../integrity-probe/ledger.js";
import { walkImage } from "../integrity-probe/walk.js";
import { Deadline } from "../lib/deadline.js";
import { HttpClient } from "../lib/http.js";
import { Budget } from "../lib/registry/budget.js";
import { RegistryClient } from "../lib/registry/client.js";
import type { VerifySettings } from "./settings.js";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;
/** So many looks are worth their while to tell a passing failure from a lasting one. */
const LOOKS_TO_TELL = 3;

export interface Verification {
    /** The last look at the image. */
    readonly ledger: Ledger;
    readonly looks: number;
    readonly requests: number;
    readonly connections: number;
    readonly durationSeconds: number;
}

/**
 * Looks at one image down to the last byte of every layer, and again for a while if it is not sound: a registry may
 * lag behind the push.
 */
export async function verifyImage(settings: VerifySettings): Promise<Verification> {
    const { concurrency, registry: url, ca } = settings;
    const started = performance.now();
    const http = new HttpClient({ connections: concurrency, ...(ca && { ca }) });
    const deadline = new Deadline(settings.deadlineSeconds);
    const patience = new Deadline(Math.min(settings.waitSeconds, settings.deadlineSeconds));
    const budget = new Budget(deadline);
    let ledger: Ledger;
    let looks = 0;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
        ledger = new Ledger();
        const client = new RegistryClient(http, budget, { ...settings, url });
        // there is no list to read here
        ledger.catalogAccessible = true;
        await walkImage(client, budget, ledger, settings.image, concurrency);
        looks++;
        const told = ledger.failureCount > 0 || !ledger.complete || looks >= LOOKS_TO_TELL;
        if (isSound(ledger) || (patience.passed && told)) break;
        await patience.sleep(pause);
    }
    http.close();
    const durationSeconds = Math.round(performance.now() - started) / 1000;
    return { ledger, looks, requests: budget.spent, connections: http.connections, durationSeconds };
}

/** Whether the image was seen, whole and in order, at the first look at every part. */
export function isSound({ complete, suspected, counts }: Ledger): boolean {
    return complete && suspected === 0 && counts.tags > 0;
}
