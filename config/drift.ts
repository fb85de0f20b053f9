import { z } from "zod";
import { calendarDay } from "../jobs/lib/fields.js";
import type { InfraBlock } from "./infra.js";
import { jobAlerts } from "./job.js";
import { dnsLabel } from "./primitives.js";
import { type Job, staleAfterSeconds, tooSoonStale } from "./stale.js";

const expected = z.strictObject({
    /** URN, or the name in the report; `*` stands for any characters. */
    resource: z.string().min(1),
    /** Type token; `*` stands for any characters. */
    type: z.string().min(1).optional(),
    /** Only differences at these places; all of them when left out. */
    paths: z.array(z.string().min(1)).min(1).optional(),
    stack: z.string().min(1).optional(),
    /** Why it is as it should be. */
    reason: z.string().min(1),
    /** Last day on which it is expected; for good when left out. */
    until: calendarDay.optional(),
});

/** `cicd:drift`: how drift of what is declared is looked for, remembered and told. */
export const drift = z.strictObject({
    /** Of the ConfigMap that remembers findings, and of the alerts. */
    namespace: dnsLabel.default("monitoring"),
    /** Differences that are as they should be. */
    expected: z.array(expected).default([]),
    /** Hours after which people are reminded of what still stands; 0 for never. */
    remindAfterHours: z.int().min(0).max(8760).default(168),
    /** Seconds between a look and the one that confirms it. */
    confirmAfterSeconds: z.int().min(0).max(3600).default(60),
    /** Secrets in the cluster that the program declares: only these does the job read there. */
    secrets: z.array(dnsLabel).default(["registry-integrity-probe", "registry-credentials"]),
    /**
     * Without it no alert is declared. `staleAfterSeconds` left out is 93600, or the longest pause of the pipeline's
     * schedule, the server's timeout and half an hour, where that is more.
     */
    alerts: jobAlerts.optional(),
});

export type DriftBlock = z.infer<typeof drift>;

/** The alerts, the pipeline that looks, and the server that ends it. */
interface Detection {
    readonly drift?: DriftBlock | undefined;
    readonly infra?: Pick<InfraBlock, "pipelines"> | undefined;
    readonly woodpecker?: { readonly timeoutMinutes: number } | undefined;
}

/** Without a run for so long nobody looks for drift any more. */
export function driftStaleAfterSeconds(detection: Detection): number {
    return staleAfterSeconds("drift", jobOf(detection));
}

/** Alerts that would call the pipeline stale between two of its runs. */
export function driftReferences(detection: Detection): string[] {
    const { woodpecker } = detection;
    const keys = {
        schedule: "cicd:infra.pipelines.drift-detection.schedule",
        deadline: "cicd:woodpecker.timeoutMinutes",
    };
    const problem = woodpecker && tooSoonStale(jobOf(detection), keys, woodpecker.timeoutMinutes);
    const given = detection.drift?.alerts?.staleAfterSeconds;
    return problem ? [`cicd:drift.alerts.staleAfterSeconds: ${given} ${problem}`] : [];
}

function jobOf({ drift, infra, woodpecker }: Detection): Job {
    const schedule = infra?.pipelines["drift-detection"]?.schedule;
    return { schedule, deadlineSeconds: (woodpecker?.timeoutMinutes ?? 0) * 60, alerts: drift?.alerts };
}
