import { wordsOf } from "../../jobs/lib/errors.js";
import type { Check } from "./check.js";
import type { Finding } from "./finding.js";
import { ServerDown } from "./servers/serverDown.js";
import type { World } from "./world.js";

/** What came of one check. */
export interface Checked {
    readonly check: string;
    readonly proves: string;
    readonly state: "ok" | "found" | "unknown";
    readonly looked: readonly string[];
    readonly findings: readonly Finding[];
}

/** A server that could not be asked, once for all that wanted to ask it. */
export interface Down {
    readonly server: string;
    readonly reason: string;
    readonly mend: string;
    /** Checks that were left out. */
    readonly leftOut: readonly string[];
}

export interface Diagnosis {
    readonly checks: readonly Checked[];
    readonly down: readonly Down[];
    readonly seconds: number;
}

type Outcome = Checked | { readonly check: string; readonly down: ServerDown };

/**
 * Asks every question that the settings give reason to ask, all at the same time.
 *
 * @param limitMs for one check
 */
export async function diagnose(checks: readonly Check[], world: World, limitMs: number): Promise<Diagnosis> {
    const started = performance.now();
    const asked = checks.filter(({ applies }) => applies(world.settings));
    const outcomes = await Promise.all(asked.map((check) => examine(check, world, limitMs)));
    const down = new Map<string, Down>();
    for (const outcome of outcomes) {
        if (!("down" in outcome)) continue;
        const { server, reason, mend } = outcome.down;
        const leftOut = [...(down.get(server)?.leftOut ?? []), outcome.check];
        down.set(server, { server, reason, mend, leftOut });
    }
    return {
        checks: outcomes.filter((outcome): outcome is Checked => !("down" in outcome)),
        down: [...down.values()],
        seconds: Math.round(performance.now() - started) / 1000,
    };
}

/** 2: something is not as it should be; else 1: something could not be told; else 0. */
export function exitCodeOf({ checks, down }: Diagnosis): 0 | 1 | 2 {
    const severities = new Set(checks.flatMap(({ findings }) => findings.map(({ severity }) => severity)));
    if (severities.has("broken") || severities.has("warning")) return 2;
    return severities.has("unknown") || down.length > 0 ? 1 : 0;
}

async function examine(check: Check, world: World, limitMs: number): Promise<Outcome> {
    const { name, proves } = check;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`not done within ${limitMs / 1000} s`)), limitMs);
    });
    try {
        const { looked, findings } = await Promise.race([check.examine(world), tooLate]);
        const isTold = findings.every(({ severity }) => severity === "unknown");
        const state = findings.length === 0 ? "ok" : isTold ? "unknown" : "found";
        return { check: name, proves, state, looked, findings };
    } catch (error) {
        if (error instanceof ServerDown) return { check: name, down: error };
        const mend = "npm run -s cicd -- doctor --timeout 60";
        const finding: Finding = { severity: "unknown", subject: name, found: wordsOf(error), mend };
        return { check: name, proves, state: "unknown", looked: [], findings: [finding] };
    } finally {
        clearTimeout(timer);
    }
}
