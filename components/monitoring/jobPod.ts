const USER = 65_532;
/** After the program's own deadline: time to start, to give credentials back and to hand over the metrics. */
const GRACE_SECONDS = 60;

/** Node lets its young generation grow by tens of megabytes before it collects; replies are short-lived. */
export const NODE_OPTIONS: readonly string[] = ["--max-semi-space-size=2"];

export interface JobSchedule<Pod> {
    /** Of the pods' label. */
    readonly name: string;
    /** Five fields, UTC. */
    readonly schedule: string;
    /** After which the program ends by itself. */
    readonly deadlineSeconds: number;
    /** Of the ConfigMap with the program: another one makes new pods. */
    readonly programHash: string;
    readonly pod: Pod;
    /** When the Job counts as done or failed. @default one pod, no second try */
    readonly completion?: Readonly<Record<string, string | number>>;
}

/** Spec of a CronJob whose runs never overlap and end in time. */
export function jobCronSpec<Pod>({ name, schedule, deadlineSeconds, programHash, pod, completion }: JobSchedule<Pod>) {
    return {
        schedule,
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 300,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 3,
        jobTemplate: {
            spec: {
                ...(completion ?? { backoffLimit: 0 }),
                activeDeadlineSeconds: deadlineSeconds + GRACE_SECONDS,
                ttlSecondsAfterFinished: 86_400,
                template: {
                    metadata: {
                        labels: { "app.kubernetes.io/name": name },
                        annotations: { "cicd/program-hash": programHash },
                    },
                    spec: pod,
                },
            },
        },
    };
}

/** What every pod of a program has: no rights it does not need. */
export const programPod = {
    automountServiceAccountToken: false,
    securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        seccompProfile: { type: "RuntimeDefault" },
    },
};

/** What every pod of a job has: there is no second try. */
export const jobPod = { ...programPod, restartPolicy: "Never" };

/** What every container of a job has. */
export const jobContainer = {
    securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
    },
};

const TOKEN_DIRECTORY = "/var/run/secrets/vault";
/** The least Kubernetes issues a token for; the kubelet replaces it before it ends. */
const TOKEN_SECONDS = 600;

/** A token of the pod's ServiceAccount, for a login to Vault and nothing else: volume, mount and file. */
export function vaultLogin(audience: string) {
    const serviceAccountToken = { path: "token", audience, expirationSeconds: TOKEN_SECONDS };
    return {
        file: `${TOKEN_DIRECTORY}/token`,
        mount: { name: "vault-login", mountPath: TOKEN_DIRECTORY, readOnly: true },
        volume: { name: "vault-login", projected: { defaultMode: 0o440, sources: [{ serviceAccountToken }] } },
    };
}

/** Environment of a program; what is undefined is left out. */
export function environmentOf(
    variables: Readonly<Record<string, string | number | undefined>>,
): { readonly name: string; readonly value: string }[] {
    return Object.entries(variables).flatMap(([name, value]) =>
        value === undefined ? [] : [{ name, value: String(value) }],
    );
}
