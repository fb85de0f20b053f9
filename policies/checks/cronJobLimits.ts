import type { Check } from "../lib/check.js";
import { containerName, cronJobOf } from "../lib/pods.js";
import { at } from "../lib/resource.js";

export const cronJobLimits: Check = {
    name: "cronjob-has-limits",
    description: "Every container of a CronJob has requests and limits for CPU and memory.",
    why: "A job that grows without a limit takes the node, and what runs there, with it.",
    remedy: "Set resources.requests and resources.limits, each with cpu and memory.",
    severity: "medium",
    find: (resource) =>
        (cronJobOf(resource)?.containers ?? []).flatMap((container) =>
            ["requests", "limits"].flatMap((kind) =>
                ["cpu", "memory"]
                    .filter((what) => at(container, "resources", kind, what) === undefined)
                    .map((what) => ({
                        subject: resource.name,
                        message: `container ${containerName(container)}: resources.${kind}.${what} is not set`,
                    })),
            ),
        ),
};
