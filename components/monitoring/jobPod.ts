const USER = 65_532;

/** What every pod of a job has: no rights it does not need, and no second try. */
export const jobPod = {
    automountServiceAccountToken: false,
    restartPolicy: "Never",
    securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        seccompProfile: { type: "RuntimeDefault" },
    },
};

/** What every container of a job has. */
export const jobContainer = {
    securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
    },
};

/** Environment of a program; what is undefined is left out. */
export function environmentOf(
    variables: Readonly<Record<string, string | number | undefined>>,
): { readonly name: string; readonly value: string }[] {
    return Object.entries(variables).flatMap(([name, value]) =>
        value === undefined ? [] : [{ name, value: String(value) }],
    );
}
