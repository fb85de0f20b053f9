import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { dnsLabel, serverUrl, vaultValue } from "./primitives.js";

/** Five fields of a cron expression, held to numbers, lists, ranges and steps. */
const schedule = z
    .string()
    .regex(
        /^(?:[\d*]+(?:[-,/][\d*]+)* ){4}[\d*]+(?:[-,/][\d*]+)*$/,
        "is not a schedule of five cron fields, in numbers",
    );

const seconds = (least: number, most: number) => z.int().min(least).max(most);

const certificate = z.string().refine((text) => {
    try {
        new X509Certificate(text);
        return true;
    } catch {
        return false;
    }
}, "is not a PEM certificate");

const alerts = z.strictObject({
    /** `ConfigMap`: rules as a file for a Prometheus that reads it; `PrometheusRule`: for the Prometheus operator. */
    kind: z.enum(["ConfigMap", "PrometheusRule"]).default("ConfigMap"),
    /** Labels by which Prometheus or its side-car finds the rules. */
    labels: z.record(z.string(), z.string()).default({}),
    /** Address of docs/runbooks/registry-integrity.md; every alert links to it. */
    runbookUrl: serverUrl.optional(),
    /** Without a complete run for so long the probe counts as stale. */
    staleAfterSeconds: seconds(300, 604_800).default(3600),
});

/** `cicd:integrityProbe`: the CronJob that proves that a registry still holds what its tags lead to. */
export const integrityProbe = z.strictObject({
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
    schedule: schedule.default("*/15 * * * *"),
    /** Requests under way at the same time. */
    concurrency: z.int().min(1).max(64).default(8),
    /** Time for one walk; the metrics take a little more. */
    deadlineSeconds: seconds(30, 86_000).default(780),
    /** Most requests of one walk; what it leaves out comes first another time. */
    requestBudget: z.int().min(100).optional(),
    /** Configs and layers to look at: `sample` takes another 1/23 each run. */
    blobs: z.enum(["none", "sample", "all"]).default("sample"),
    /** Pods that share the registry, for one that is past a single process. */
    shards: z.int().min(1).max(100).default(1),
    /** Without it no alert is declared. */
    alerts: alerts.optional(),
});

export type IntegrityProbeBlock = z.infer<typeof integrityProbe>;
