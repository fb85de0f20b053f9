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

/** More than any schedule and deadline ask for. */
const LONGEST_STALE_SECONDS = 400 * 86_400;

/** Alerts on the metrics of a job. */
export const jobAlerts = z.strictObject({
    /** `ConfigMap`: rules as a file for a Prometheus that reads it; `PrometheusRule`: for the Prometheus operator. */
    kind: z.enum(["ConfigMap", "PrometheusRule"]).default("ConfigMap"),
    /** Labels by which Prometheus or its side-car finds the rules. */
    labels: z.record(z.string(), z.string()).default({}),
    /** Address of the job's runbook in docs/runbooks; every alert links to it. */
    runbookUrl: serverUrl.optional(),
    /** Without a complete run for so long the job counts as stale. */
    staleAfterSeconds: seconds(300, LONGEST_STALE_SECONDS).optional(),
});

export type JobAlerts = z.infer<typeof jobAlerts>;
