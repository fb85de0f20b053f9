import type { Check } from "../lib/check.js";
import { cronJobOf } from "../lib/pods.js";
import { unknownYet, type Value } from "../lib/resource.js";

export const cronJobOverlap: Check = {
    name: "cronjob-never-overlaps",
    description: "CronJobs forbid overlap and have deadlines for start and end.",
    why: "A run that hangs would otherwise be joined by the next one every few minutes, or block all later ones for ever.",
    remedy: "Set concurrencyPolicy: Forbid, startingDeadlineSeconds, and activeDeadlineSeconds on the job's template.",
    severity: "high",
    find: (resource) => {
        const cron = cronJobOf(resource);
        if (!cron) return [];
        const { concurrencyPolicy, startingDeadlineSeconds } = cron.spec;
        const overlap =
            concurrencyPolicy === "Forbid" || concurrencyPolicy === unknownYet
                ? []
                : [`concurrencyPolicy is ${String(concurrencyPolicy ?? "Allow")}`];
        const deadlines = [
            ["startingDeadlineSeconds", startingDeadlineSeconds] as const,
            ["activeDeadlineSeconds", cron.job.activeDeadlineSeconds] as const,
        ]
            .filter(([, seconds]) => !isPositive(seconds))
            .map(([key]) => `${key} is not set`);
        return [...overlap, ...deadlines].map((message) => ({ subject: resource.name, message }));
    },
};

function isPositive(seconds: Value): boolean {
    return seconds === unknownYet || (typeof seconds === "number" && seconds > 0);
}
