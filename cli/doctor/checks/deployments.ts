import type { V1Deployment, V1Pod } from "@kubernetes/client-node";
import type { AppDeployment } from "../../../config/settings.js";
import { makeCheck } from "../check.js";
import { broken, type Finding } from "../finding.js";

interface Facts {
    readonly up: string;
    readonly deployments: readonly {
        readonly app: string;
        readonly declared: AppDeployment;
        readonly found?: V1Deployment | undefined;
        readonly pods: readonly V1Pod[];
    }[];
}

const CANNOT_PULL = ["ErrImagePull", "ImagePullBackOff", "InvalidImageName"];
const CRASHES = ["CrashLoopBackOff", "CreateContainerConfigError", "CreateContainerError", "RunContainerError"];

export const deployments = makeCheck({
    name: "deployments",
    proves: "every application runs, with its own image",
    applies: ({ delivery }) => delivery !== undefined,
    read: async (world): Promise<Facts> => {
        const cluster = await world.kubernetes();
        const declared = world.apps.flatMap((app) => app.deployments.map((d) => ({ app: app.name, declared: d })));
        return {
            up: world.up,
            deployments: await Promise.all(
                declared.map(async ({ app, declared }) => {
                    const { namespace, deployment: name } = declared;
                    const what = `Deployment ${namespace}/${name}`;
                    const found = await cluster.find(what, () =>
                        cluster.apps.readNamespacedDeployment({ namespace, name }),
                    );
                    const labels = Object.entries(found?.spec?.selector.matchLabels ?? {});
                    const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(",");
                    const pods = found
                        ? (await cluster.ask(what, () => cluster.core.listNamespacedPod({ namespace, labelSelector })))
                              .items
                        : [];
                    return { app, declared, found, pods };
                }),
            ),
        };
    },
    judge: ({ up, deployments }: Facts) => ({
        looked: deployments.map(({ declared }) => `${declared.namespace}/${declared.deployment}`),
        findings: deployments.flatMap(({ app, declared, found, pods }): Finding[] => {
            const { namespace, deployment, container, image } = declared;
            const subject = `Deployment ${namespace}/${deployment}`;
            const logs = `kubectl -n ${namespace} logs deployment/${deployment} -c ${container}`;
            if (!found)
                return [
                    broken(
                        subject,
                        `does not exist, and ${app} is deployed into it`,
                        `kubectl -n ${namespace} get deployments`,
                    ),
                ];
            const containers = found.spec?.template.spec?.containers ?? [];
            const own = containers.find(({ name }) => name === container);
            if (!own) {
                const names = containers.map(({ name }) => name).join(", ");
                const edit = `set its container in cicd:apps.${app}.deployments, then ${up}`;
                return [broken(subject, `has no container ${container}; there are ${names}`, edit)];
            }
            const running = withoutTag(own.image ?? "");
            if (running !== image) {
                const set = `kubectl -n ${namespace} set image deployment/${deployment} ${container}=${image}:…`;
                return [broken(subject, `runs ${running}, not ${image}`, set)];
            }
            const waiting = pods
                .flatMap(({ status }) => [
                    ...(status?.containerStatuses ?? []),
                    ...(status?.initContainerStatuses ?? []),
                ])
                .map(({ state }) => state?.waiting)
                .find((w) => [...CANNOT_PULL, ...CRASHES].includes(w?.reason ?? ""));
            if (waiting) {
                const { reason = "", message = "" } = waiting;
                const pull = CANNOT_PULL.includes(reason);
                const mend = pull ? pullMend(message, app, namespace) : logs;
                const cause = pull ? `${own.image} cannot be pulled` : `${container} does not start`;
                return [broken(subject, `${cause} (${reason}): ${message.split("\n")[0]}`, mend)];
            }
            const { replicas = 1 } = found.spec ?? {};
            const { availableReplicas = 0 } = found.status ?? {};
            if (availableReplicas >= replicas) return [];
            return [
                broken(
                    subject,
                    `${availableReplicas} of ${replicas} pods are available`,
                    `kubectl -n ${namespace} get pods`,
                ),
            ];
        }),
    }),
});

/** By the words of the container runtime. */
function pullMend(message: string, app: string, namespace: string): string {
    if (/not found|manifest unknown/i.test(message)) return `npm run -s cicd -- roll ${app} --previous`;
    if (/unauthorized|denied|401|403/i.test(message)) return `npm run -s cicd -- doctor ${app} # see pull-secrets`;
    if (/refused|timeout|no such host|unreachable|EOF/i.test(message))
        return "npm run -s cicd -- doctor # see registry and caches";
    return `kubectl -n ${namespace} get events --field-selector reason=Failed`;
}

/** Name of an image without tag and digest. */
export function withoutTag(image: string): string {
    const [name = ""] = image.split("@");
    const colon = name.lastIndexOf(":");
    return colon > name.lastIndexOf("/") ? name.slice(0, colon) : name;
}
