import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { serverUrl } from "./primitives.js";

export const seconds = (least: number, most: number) => z.int().min(least).max(most);

export const certificate = z.string().refine((text) => {
    try {
        new X509Certificate(text);
        return true;
    } catch {
        return false;
    }
}, "is not a PEM certificate");

/** Without a complete run for so long a job counts as stale, where its `alerts` do not say otherwise. */
export const STALE_AFTER_SECONDS = { integrityProbe: 3600, secretSync: 46_800, drift: 93_600 } as const;

/**
 * Alerts on the metrics of a job.
 *
 * @param staleAfterSeconds default of that key
 */
export const jobAlerts = (staleAfterSeconds: number) =>
    z.strictObject({
        /** `ConfigMap`: rules as a file for a Prometheus that reads it; `PrometheusRule`: for the Prometheus operator. */
        kind: z.enum(["ConfigMap", "PrometheusRule"]).default("ConfigMap"),
        /** Labels by which Prometheus or its side-car finds the rules. */
        labels: z.record(z.string(), z.string()).default({}),
        /** Address of the job's runbook in docs/runbooks; every alert links to it. */
        runbookUrl: serverUrl.optional(),
        /** Without a complete run for so long the job counts as stale. */
        staleAfterSeconds: seconds(300, 604_800).default(staleAfterSeconds),
    });

export type JobAlerts = z.infer<ReturnType<typeof jobAlerts>>;
