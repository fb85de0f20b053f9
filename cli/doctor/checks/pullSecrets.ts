import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";

interface Facts {
    readonly up: string;
    /** What Kyverno spreads, and where not. */
    readonly spread?: { readonly secretName: string; readonly excludedNamespaces: readonly string[] } | undefined;
    readonly references: readonly {
        readonly namespace: string;
        readonly secret: string;
        /** What names it. */
        readonly wantedBy: string;
        /** Undefined: there is none. */
        readonly type?: string | undefined;
    }[];
}

const DOCKER_CONFIG = ["kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg"];

export const pullSecrets = makeCheck({
    name: "pull-secrets",
    proves: "every namespace that pulls has the credential its pods name",
    applies: ({ delivery }) => delivery !== undefined,
    read: async (world): Promise<Facts> => {
        const cluster = await world.kubernetes();
        const wanted = world.apps.flatMap((app) => app.deployments);
        const references = await Promise.all(
            wanted.map(async ({ namespace, deployment }) => {
                const wantedBy = `Deployment ${deployment}`;
                const found = await cluster.find(wantedBy, () =>
                    cluster.apps.readNamespacedDeployment({ namespace, name: deployment }),
                );
                const pod = found?.spec?.template.spec;
                if (!pod) return [];
                const account = await cluster.find(`ServiceAccount of ${wantedBy}`, () =>
                    cluster.core.readNamespacedServiceAccount({ namespace, name: pod.serviceAccountName ?? "default" }),
                );
                const names = [...(pod.imagePullSecrets ?? []), ...(account?.imagePullSecrets ?? [])];
                return [...new Set(names.map(({ name }) => name ?? ""))].map((secret) => ({
                    namespace,
                    secret,
                    wantedBy,
                }));
            }),
        );
        return {
            up: world.up,
            spread: world.settings.credentialSync,
            references: await Promise.all(
                references.flat().map(async (reference) => {
                    const { namespace, secret: name } = reference;
                    const secret = await cluster.find(`Secret ${namespace}/${name}`, () =>
                        cluster.core.readNamespacedSecret({ namespace, name }),
                    );
                    return { ...reference, type: secret && (secret.type ?? "Opaque") };
                }),
            ),
        };
    },
    judge: ({ up, spread, references }: Facts) => ({
        looked: references.map(({ namespace, secret }) => `${namespace}/${secret}`),
        findings: references.flatMap(({ namespace, secret, wantedBy, type }): Finding[] => {
            const subject = `Secret ${namespace}/${secret}`;
            if (type === undefined) {
                const mend =
                    spread?.secretName === secret && spread.excludedNamespaces.includes(namespace)
                        ? `take ${namespace} out of cicd:credentialSync.excludedNamespaces, then ${up}`
                        : up;
                return [
                    broken(subject, `is missing, and ${wantedBy} pulls with it: ErrImagePull at the next node`, mend),
                ];
            }
            if (DOCKER_CONFIG.includes(type)) return [];
            return [
                broken(
                    subject,
                    `is of type ${type}, which no pull can use`,
                    `kubectl -n ${namespace} delete secret ${secret} && ${up}`,
                ),
            ];
        }),
    }),
});
