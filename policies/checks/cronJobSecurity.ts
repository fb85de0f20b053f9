import type { Check } from "../lib/check.js";
import { containerName, cronJobOf } from "../lib/pods.js";
import { at, isObject, items, type Properties, strings, unknownYet } from "../lib/resource.js";

export const cronJobSecurity: Check = {
    name: "cronjob-is-locked-down",
    description:
        "Pods of CronJobs run without root, without privileges, on a read-only root file system, and without the host's namespaces.",
    why: "These jobs hold credentials and run unseen: whoever breaks into one must not get further.",
    remedy: "Pod: runAsNonRoot, seccompProfile RuntimeDefault, automountServiceAccountToken: false. Container: allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities.drop: [ALL]. No host namespaces, no hostPath.",
    severity: "high",
    find: (resource) => {
        const cron = cronJobOf(resource);
        if (!cron) return [];
        const messages = [
            ...podFaults(cron.pod),
            ...cron.containers.flatMap((container) => containerFaults(container, cron.pod)),
        ];
        return messages.map((message) => ({ subject: resource.name, message }));
    },
};

function podFaults(pod: Properties): string[] {
    const token = pod.automountServiceAccountToken;
    return [
        ...["hostNetwork", "hostPID", "hostIPC"].filter((key) => pod[key] === true).map((key) => `${key} is true`),
        ...items(pod.volumes)
            .filter((volume) => at(volume, "hostPath") !== undefined)
            .map((volume) => `volume ${String(at(volume, "name"))} is a directory of the host`),
        ...(token === false || token === unknownYet ? [] : ["automountServiceAccountToken is not false"]),
    ];
}

/** A setting of the container goes before that of the pod. */
function containerFaults(container: Properties, pod: Properties): string[] {
    const own = container.securityContext;
    const effective = (key: string) => at(own, key) ?? at(pod.securityContext, key);
    const seccomp = effective("seccompProfile");
    const faults = [
        [effective("runAsNonRoot") === true, "runAsNonRoot is not true"],
        [effective("runAsUser") !== 0, "runAsUser is 0"],
        [
            isObject(seccomp) && (seccomp.type === "RuntimeDefault" || seccomp.type === "Localhost"),
            "seccompProfile is not RuntimeDefault",
        ],
        [at(own, "privileged") !== true, "privileged is true"],
        [at(own, "allowPrivilegeEscalation") === false, "allowPrivilegeEscalation is not false"],
        [at(own, "readOnlyRootFilesystem") === true, "readOnlyRootFilesystem is not true"],
        [strings(at(own, "capabilities", "drop")).includes("ALL"), "capabilities.drop does not hold ALL"],
        [strings(at(own, "capabilities", "add")).length === 0, "capabilities.add is not empty"],
    ] as const;
    return faults.filter(([good]) => !good).map(([, fault]) => `container ${containerName(container)}: ${fault}`);
}
