import type { IntegrityProbeBlock } from "../../config/integrityProbe.js";
import { environmentOf, type JobSchedule, jobContainer, jobCronSpec, jobPod, NODE_OPTIONS } from "./jobPod.js";

export const PROBE_NAME = "registry-integrity-probe";
/** Keys of the ConfigMap and the Secret that the pod mounts. */
export const PROGRAM_FILE = "integrity-probe.js";
export const CA_FILE = "ca.pem";
export const USERNAME_KEY = "username";
export const PASSWORD_KEY = "password";

const PROGRAM_DIRECTORY = "/program";
const LOGIN_DIRECTORY = "/login";

export interface CronJobInput {
    readonly probe: IntegrityProbeBlock;
    /** Image with a Node of version 22 or later. */
    readonly image: string;
    readonly programHash: string;
}

/** Spec of the CronJob: one pod a run, or an Indexed Job of as many pods as there are shards. */
export function cronJobSpec({ probe, image, programHash }: CronJobInput) {
    return jobCronSpec({
        name: PROBE_NAME,
        schedule: probe.schedule,
        deadlineSeconds: probe.deadlineSeconds,
        programHash,
        pod: podSpec(probe, image),
        completion: completion(probe.shards),
    });
}

/** A shard that fails must not take the others with it, which a common limit of failures would do. */
function completion(shards: number): JobSchedule<unknown>["completion"] {
    if (shards === 1) return undefined;
    return { completionMode: "Indexed", completions: shards, parallelism: shards, backoffLimitPerIndex: 0 };
}

function podSpec(probe: IntegrityProbeBlock, image: string) {
    const login = probe.login !== undefined;
    return {
        serviceAccountName: PROBE_NAME,
        ...jobPod,
        terminationGracePeriodSeconds: 5,
        containers: [
            {
                name: "probe",
                image,
                command: ["node", ...NODE_OPTIONS, `${PROGRAM_DIRECTORY}/${PROGRAM_FILE}`],
                env: probeEnvironment(probe),
                resources: { requests: { cpu: "50m", memory: "96Mi" }, limits: { cpu: "1", memory: "256Mi" } },
                ...jobContainer,
                volumeMounts: [
                    { name: "program", mountPath: PROGRAM_DIRECTORY, readOnly: true },
                    ...(login ? [{ name: "login", mountPath: LOGIN_DIRECTORY, readOnly: true }] : []),
                ],
            },
        ],
        volumes: [
            { name: "program", configMap: { name: PROBE_NAME } },
            ...(login ? [{ name: "login", secret: { secretName: PROBE_NAME, defaultMode: 0o440 } }] : []),
        ],
    };
}

/** Environment of the program; secrets come as files. */
function probeEnvironment(probe: IntegrityProbeBlock) {
    return environmentOf({
        REGISTRY_URL: probe.registryUrl,
        REGISTRY_USERNAME_FILE: probe.login && `${LOGIN_DIRECTORY}/${USERNAME_KEY}`,
        REGISTRY_PASSWORD_FILE: probe.login && `${LOGIN_DIRECTORY}/${PASSWORD_KEY}`,
        REGISTRY_CA_FILE: probe.ca && `${PROGRAM_DIRECTORY}/${CA_FILE}`,
        PUSHGATEWAY_URL: probe.pushgatewayUrl,
        INSTANCE: probe.instance,
        CONCURRENCY: probe.concurrency,
        DEADLINE_SECONDS: probe.deadlineSeconds,
        REQUEST_BUDGET: probe.requestBudget,
        BLOBS: probe.blobs,
        SHARDS: probe.shards > 1 ? probe.shards : undefined,
    });
}
