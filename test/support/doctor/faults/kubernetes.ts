import { expect } from "chai";
import { Cluster } from "../../cluster.js";
import { waitFor } from "../../waitFor.js";
import type { Fault } from "../fault.js";
import { pushProbe } from "../pushProbe.js";

const cluster = () => Cluster.ofSandbox();

/** Tags that run, by application. */
export const delivered = new Map<string, string>();

export const inKubernetes: readonly Fault[] = [
    {
        check: "vault-logins",
        words: /cicd-deployer-website in website: no token/,
        make: () =>
            cluster().core.deleteNamespacedServiceAccount({ namespace: "website", name: "cicd-deployer-website" }),
    },
    {
        check: "image-tags",
        words: /acme\/website:0badc0de: is not in the registry any more/,
        make: () => setImage("0badc0de"),
        undo: () => setImage(delivered.get("website") ?? ""),
    },
    {
        check: "deployments",
        words: /Deployment website\/website: .*0badc0de cannot be pulled \(\w+\)/,
        make: async () => {
            if (!(await cluster().isReal())) return;
            await waitFor(
                "a pod that cannot pull",
                async () => {
                    const pods = await cluster().core.listNamespacedPod({ namespace: "website" });
                    const reasons = pods.items.flatMap(({ status }) => status?.containerStatuses ?? []);
                    expect(reasons.some(({ state }) => /Pull/.test(state?.waiting?.reason ?? ""))).equal(true);
                },
                90,
            );
        },
    },
    {
        check: "pull-secrets",
        words: /Secret travel-blog\/no-such-credentials: is missing/,
        make: () => setPullSecrets([{ name: "no-such-credentials" }]),
        undo: () => setPullSecrets(null),
    },
    {
        check: "cron-jobs",
        words: /CronJob monitoring\/registry-integrity-probe: is suspended/,
        make: async () => {
            const [namespace, name] = ["monitoring", "registry-integrity-probe"];
            const body = await cluster().batch.readNamespacedCronJob({ namespace, name });
            if (body.spec) body.spec.suspend = true;
            await cluster().batch.replaceNamespacedCronJob({ namespace, name, body });
        },
    },
    {
        check: "registry-integrity",
        words: /acme\/shop-backend:1a2b3c4d: missing_child sha256:00/,
        make: () =>
            pushProbe({
                repository: "acme/shop-backend",
                tag: "1a2b3c4d",
                digest: "sha256:00",
                class: "missing_child",
            }),
        undo: () => pushProbe(),
    },
];

async function setImage(tag: string): Promise<void> {
    const [namespace, name] = ["website", "website"];
    const body = await cluster().apps.readNamespacedDeployment({ namespace, name });
    const [container] = body.spec?.template.spec?.containers ?? [];
    if (container) container.image = container.image?.replace(/[^:]+$/, tag);
    await cluster().apps.replaceNamespacedDeployment({ namespace, name, body });
    if (tag !== "0badc0de") await rolledOut(namespace, name);
}

async function setPullSecrets(secrets: { name: string }[] | null): Promise<void> {
    const [namespace, name] = ["travel-blog", "travel-blog"];
    const body = await cluster().apps.readNamespacedDeployment({ namespace, name });
    if (body.spec?.template.spec) body.spec.template.spec.imagePullSecrets = secrets ?? undefined;
    await cluster().apps.replaceNamespacedDeployment({ namespace, name, body });
    if (secrets === null) await rolledOut(namespace, name);
}

async function rolledOut(namespace: string, name: string): Promise<void> {
    await waitFor(
        "the rollout",
        async () => {
            const { status } = await cluster().apps.readNamespacedDeployment({ namespace, name });
            expect(status?.unavailableReplicas ?? 0).equal(0);
        },
        90,
    );
}
