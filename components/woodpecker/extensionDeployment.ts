import { createHash } from "node:crypto";
import type { SecretExtension } from "../../config/settings.js";
import { SECRETS_PATH } from "../../jobs/secret-extension/paths.js";
import { environmentOf, jobContainer, NODE_OPTIONS, programPod, vaultLogin } from "../monitoring/jobPod.js";
import { EXTENSION_ROLE } from "../vault/names.js";
import { mappingText } from "./syncCronJob.js";

export const EXTENSION_NAME = "secret-extension";
/** Keys of the ConfigMap that the pods mount. */
export const PROGRAM_FILE = "secret-extension.js";
const MAPPING_FILE = "mapping.json";
const ALLOW_FILE = "allow.json";
const CA_FILE = "ca.pem";
const PUBLIC_KEY_FILE = "woodpecker.pem";

/** For Woodpecker's server, and for the kubelet and Prometheus. */
export const SECRETS_PORT = 8080;
export const MONITOR_PORT = 8081;

const PROGRAM_DIRECTORY = "/program";
const TLS_DIRECTORY = "/tls";

export const extensionLabels = { "app.kubernetes.io/name": EXTENSION_NAME };

/** Data of the ConfigMap. */
export function extensionFiles(extension: SecretExtension, program: string): Record<string, string> {
    const { allow, ca, publicKey } = extension;
    return {
        [PROGRAM_FILE]: program,
        [MAPPING_FILE]: mappingText(extension),
        [ALLOW_FILE]: `${JSON.stringify(allow, undefined, 2)}\n`,
        ...(ca && { [CA_FILE]: ca }),
        ...(publicKey && { [PUBLIC_KEY_FILE]: publicKey }),
    };
}

/** What Woodpecker's server is told as WOODPECKER_SECRET_EXTENSION_ENDPOINT. */
export function extensionEndpoint({ namespace, tlsSecret }: SecretExtension): string {
    return `${tlsSecret ? "https" : "http"}://${EXTENSION_NAME}.${namespace}.svc:${SECRETS_PORT}${SECRETS_PATH}`;
}

/** Spec of the Deployment: never fewer pods than asked for while a change rolls out. */
export function extensionDeploymentSpec(
    extension: SecretExtension,
    image: string,
    files: Readonly<Record<string, string>>,
) {
    return {
        replicas: extension.replicas,
        revisionHistoryLimit: 3,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: extensionLabels },
        template: {
            metadata: {
                labels: extensionLabels,
                annotations: {
                    // The program reads its files once: other ones need other pods.
                    "cicd/files-hash": hashOf(files),
                    "prometheus.io/scrape": "true",
                    "prometheus.io/port": String(MONITOR_PORT),
                    "prometheus.io/path": "/metrics",
                },
            },
            spec: podSpec(extension, image),
        },
    };
}

function podSpec(extension: SecretExtension, image: string) {
    const login = vaultLogin(extension.audience);
    const { tlsSecret } = extension;
    const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
        httpGet: { path, port: "monitor" },
        periodSeconds,
        failureThreshold,
        timeoutSeconds: 3,
    });
    return {
        serviceAccountName: EXTENSION_NAME,
        ...programPod,
        // Others notice, and requests under way are answered.
        terminationGracePeriodSeconds: 30,
        topologySpreadConstraints: [
            {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: extensionLabels },
            },
        ],
        containers: [
            {
                name: "extension",
                image,
                command: ["node", ...NODE_OPTIONS, `${PROGRAM_DIRECTORY}/${PROGRAM_FILE}`],
                env: environment(extension, login.file),
                ports: [
                    { name: "secrets", containerPort: SECRETS_PORT },
                    { name: "monitor", containerPort: MONITOR_PORT },
                ],
                startupProbe: probe("/healthz", 2, 30),
                livenessProbe: probe("/healthz", 10, 3),
                readinessProbe: probe("/readyz", 5, 2),
                resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { cpu: "1", memory: "192Mi" } },
                ...jobContainer,
                volumeMounts: [
                    { name: "program", mountPath: PROGRAM_DIRECTORY, readOnly: true },
                    login.mount,
                    ...(tlsSecret ? [{ name: "tls", mountPath: TLS_DIRECTORY, readOnly: true }] : []),
                ],
            },
        ],
        volumes: [
            { name: "program", configMap: { name: EXTENSION_NAME } },
            login.volume,
            ...(tlsSecret ? [{ name: "tls", secret: { secretName: tlsSecret, defaultMode: 0o440 } }] : []),
        ],
    };
}

/** Environment of the program; the secrets in the pod come as files. */
function environment(extension: SecretExtension, tokenFile: string) {
    const { vault, woodpecker, publicKey, tlsSecret, ca } = extension;
    return environmentOf({
        VAULT_ADDR: vault.inClusterAddress,
        VAULT_AUTH_MOUNT: vault.mounts.kubernetesAuth,
        VAULT_ROLE: EXTENSION_ROLE,
        VAULT_JWT_FILE: tokenFile,
        VAULT_KV_MOUNT: vault.mounts.kv,
        WOODPECKER_SERVER: publicKey ? undefined : woodpecker.inClusterUrl,
        WOODPECKER_PUBLIC_KEY_FILE: publicKey && `${PROGRAM_DIRECTORY}/${PUBLIC_KEY_FILE}`,
        MAPPING_FILE: `${PROGRAM_DIRECTORY}/${MAPPING_FILE}`,
        ALLOW_FILE: `${PROGRAM_DIRECTORY}/${ALLOW_FILE}`,
        INSTANCE: extension.instance,
        LISTEN: SECRETS_PORT,
        MONITOR_LISTEN: MONITOR_PORT,
        TLS_CERTIFICATE_FILE: tlsSecret && `${TLS_DIRECTORY}/tls.crt`,
        TLS_KEY_FILE: tlsSecret && `${TLS_DIRECTORY}/tls.key`,
        CACHE_SECONDS: extension.cacheSeconds,
        NODE_EXTRA_CA_CERTS: ca && `${PROGRAM_DIRECTORY}/${CA_FILE}`,
    });
}

function hashOf(files: Readonly<Record<string, string>>): string {
    return createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16);
}
