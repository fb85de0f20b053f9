import { z } from "zod";
import { certificate, jobAlerts, seconds } from "./job.js";
import { dnsLabel, serverUrl, vaultValue } from "./primitives.js";
import { cronSchedule } from "./schedules.js";
import { tooSoonStale } from "./stale.js";

/** For so long an image must be seen broken before there is an alert on it. */
export const FAILURE_SECONDS = 1200;

/** `cicd:integrityProbe`: the CronJob that proves that a registry still holds what its tags lead to. */
export const integrityProbe = z
    .strictObject({
        /** Address of the registry as pods reach it. */
        registryUrl: serverUrl,
        /** Who logs in there; without it nobody does. */
        login: z.strictObject({ username: vaultValue, password: vaultValue }).optional(),
        /** PEM certificate of a private CA. */
        ca: certificate.optional(),
        /** Without it the probe speaks through its log alone. */
        pushgatewayUrl: serverUrl.optional(),
        /** Label `instance` of the metrics; host and port of `registryUrl` when left out. */
        instance: z.string().min(1).optional(),
        namespace: dnsLabel.default("monitoring"),
        /** Declare the namespace too; it goes away, with all that is in it, when the probe does. */
        createNamespace: z.boolean().default(false),
        schedule: cronSchedule.default("*/15 * * * *"),
        /** Requests under way at the same time. */
        concurrency: z.int().min(1).max(64).default(8),
        /** Time for one walk; the metrics take a little more. */
        deadlineSeconds: seconds(30, 86_000).default(780),
        /** Most requests of one walk; what it leaves out comes first another time. */
        requestBudget: z.int().min(100).optional(),
        /** Configs and layers to look at: `sample` takes another 1/23 each run; an alert on one stands until its next turn. */
        blobs: z.enum(["none", "sample", "all"]).default("sample"),
        /** Pods that share the registry, for one that is past a single process. */
        shards: z.int().min(1).max(100).default(1),
        /**
         * Without it no alert is declared. `staleAfterSeconds` left out is 3600, or the longest pause of the schedule, the
         * deadline and half an hour, where that is more.
         */
        alerts: jobAlerts.optional(),
    })
    .superRefine((block, context) => {
        // A failure that its run outlives, but not the alert's wait, would never be told of.
        const job = { ...block, deadlineSeconds: Math.max(block.deadlineSeconds, FAILURE_SECONDS) };
        const keys = { schedule: "cicd:integrityProbe.schedule", deadline: "deadlineSeconds" };
        const message = tooSoonStale(job, keys, block.deadlineSeconds);
        if (message) context.addIssue({ code: "custom", path: ["alerts", "staleAfterSeconds"], message });
    });

export type IntegrityProbeBlock = z.infer<typeof integrityProbe>;

/** Label `instance` of its metrics. */
export function instanceOf({ instance, registryUrl }: Pick<IntegrityProbeBlock, "instance" | "registryUrl">): string {
    return instance ?? new URL(registryUrl).host;
}
