import { setTimeout as pause } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

/** The controller manager hands new rights on within a second, and an admission controller is restarted within some. */
const ATTEMPTS = 30;
const PAUSE_MS = 1_000;

const PASSING: readonly RegExp[] = [
    // The rights stand in a ClusterRole, and have not reached the controller's yet.
    /requires permissions [a-z,]+ for resource/,
    /failed calling webhook "[^"]*kyverno/,
];

/** Whether Kyverno refused something that it will take in a moment. */
export function willPass(words: string): boolean {
    return PASSING.some((pattern) => pattern.test(words));
}

/** Tries again what Kyverno refuses only because it is not ready. */
export function retryWhileNotReady(): pulumi.ErrorHook {
    return new pulumi.ErrorHook("kyverno-not-ready", async ({ errors }) => {
        const [latest = ""] = errors;
        if (!willPass(latest) || errors.length >= ATTEMPTS) return false;
        await pause(PAUSE_MS);
        return true;
    });
}
