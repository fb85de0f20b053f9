import type { SecretSync } from "../../config/settings.js";
import { environmentOf, jobContainer, jobCronSpec, jobPod, NODE_OPTIONS, vaultLogin } from "../monitoring/jobPod.js";
import { SYNC_ROLE } from "../vault/names.js";

export const SYNC_NAME = "secret-sync";
/** Keys of the ConfigMap that the pod mounts. */
export const PROGRAM_FILE = "secret-sync.js";
export const MAPPING_FILE = "mapping.json";
export const CA_FILE = "ca.pem";

const PROGRAM_DIRECTORY = "/program";

export interface SyncCronJobInput {
    readonly sync: SecretSync;
    /** Image with a Node of version 22 or later. */
    readonly image: string;
    readonly programHash: string;
}

/** Spec of the CronJob that runs the sync. */
export function syncCronJobSpec({ sync, image, programHash }: SyncCronJobInput) {
    return jobCronSpec({
        name: SYNC_NAME,
        schedule: sync.schedule,
        deadlineSeconds: sync.deadlineSeconds,
        programHash,
        pod: podSpec(sync, image),
    });
}

/** The mapping as the program reads it. */
export function mappingText({ mapping }: Pick<SecretSync, "mapping">): string {
    return `${JSON.stringify(mapping, undefined, 2)}\n`;
}

function podSpec(sync: SecretSync, image: string) {
    const login = vaultLogin(sync.audience);
    return {
        serviceAccountName: SYNC_NAME,
        ...jobPod,
        // When it is ended, the program still gives its Vault token back.
        terminationGracePeriodSeconds: 15,
        containers: [
            {
                name: "sync",
                image,
                command: ["node", ...NODE_OPTIONS, `${PROGRAM_DIRECTORY}/${PROGRAM_FILE}`],
                env: environment(sync, login.file),
                resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { cpu: "1", memory: "192Mi" } },
                ...jobContainer,
                volumeMounts: [{ name: "program", mountPath: PROGRAM_DIRECTORY, readOnly: true }, login.mount],
            },
        ],
        volumes: [{ name: "program", configMap: { name: SYNC_NAME } }, login.volume],
    };
}

/** Environment of the program; the one secret in the pod comes as a file. */
function environment(sync: SecretSync, tokenFile: string) {
    const { vault, woodpecker, woodpeckerToken, fingerprintKey } = sync;
    return environmentOf({
        MODE: "apply",
        VAULT_ADDR: vault.inClusterAddress,
        VAULT_AUTH_MOUNT: vault.mounts.kubernetesAuth,
        VAULT_ROLE: SYNC_ROLE,
        VAULT_JWT_FILE: tokenFile,
        VAULT_KV_MOUNT: vault.mounts.kv,
        WOODPECKER_SERVER: woodpecker.inClusterUrl,
        WOODPECKER_TOKEN_PATH: `${woodpeckerToken.path}#${woodpeckerToken.key}`,
        FINGERPRINT_KEY_PATH: `${fingerprintKey.path}#${fingerprintKey.key}`,
        MAPPING_FILE: `${PROGRAM_DIRECTORY}/${MAPPING_FILE}`,
        PRUNE_LIMIT: sync.pruneLimit,
        INSTANCE: sync.instance,
        PUSHGATEWAY_URL: sync.pushgatewayUrl,
        DEADLINE_SECONDS: sync.deadlineSeconds,
        NODE_EXTRA_CA_CERTS: sync.ca && `${PROGRAM_DIRECTORY}/${CA_FILE}`,
    });
}
