import { AppsV1Api, CoreV1Api, KubernetesObjectApi, type V1Pod } from "@kubernetes/client-node";
import { buildAppImage, pushImage } from "../../lib/image.js";
import { originOf } from "../../lib/origin.js";
import type { Part, PartContext } from "../../lib/part.js";
import { adminClient } from "./cluster.js";
import { apply, createIfMissing } from "./create.js";
import { admissionObjects, clusterObjects, reviewer, seededApps, seededTag } from "./seedObjects.js";

/** Keys of what this part hands on. */
export const kubernetesValues = {
    /** The long-lived token of ServiceAccount vault/vault. */
    reviewerToken: "KUBERNETES_REVIEWER_TOKEN",
    /** The cluster's certificate authority, PEM. */
    authority: "KUBERNETES_CA",
} as const;

/** What the operator has in the cluster before the program is run. */
export const kubernetes: Part = {
    name: "kubernetes",
    needs: ["registry", "kube-controller-manager", "kube-scheduler", "node"],
    programs: ["app"],
    origin: async (context) => originOf(context, "kube"),
    async start(context) {
        const registry = `127.0.0.1:${context.port("registry")}`;
        const client = adminClient(context);
        const objects = KubernetesObjectApi.makeApiClient(client);
        for (const object of admissionObjects(context.port("kube-apiserver"))) await apply(objects, object);
        await context.waitUntil("the admission rule", () => expectHostNetwork(client.makeApiClient(CoreV1Api)));

        context.say("pushing the images of the applications");
        for (const { repository } of seededApps) {
            const image = await buildAppImage(context.bin("app"), repository, seededTag);
            await pushImage(`http://${registry}`, repository, seededTag, image);
        }
        for (const object of clusterObjects(registry)) await createIfMissing(objects, object);
        await handOnReviewer(context, client.makeApiClient(CoreV1Api));
        await context.waitUntil("the applications", () => expectAvailable(client.makeApiClient(AppsV1Api)), {
            timeoutSeconds: 90,
        });
    },
    async stop() {},
};

async function handOnReviewer(context: PartContext, core: CoreV1Api): Promise<void> {
    await context.waitUntil("the token of the ServiceAccount vault/vault", async () => {
        const { data } = await core.readNamespacedSecret({ namespace: reviewer.namespace, name: reviewer.secret });
        const [token, authority] = [data?.token, data?.["ca.crt"]].map((text) =>
            Buffer.from(text ?? "", "base64").toString(),
        );
        if (!token || !authority) throw new Error("the token is not there yet");
        context.values.set(kubernetesValues.reviewerToken, token);
        context.values.set(kubernetesValues.authority, authority);
    });
}

/** The rule takes effect a moment after it was stored; a pod that came earlier would have a network of its own. */
async function expectHostNetwork(core: CoreV1Api): Promise<void> {
    const body: V1Pod = {
        metadata: { generateName: "admission-" },
        spec: { containers: [{ name: "probe", image: "probe" }] },
    };
    const pod = await core.createNamespacedPod({ namespace: "default", dryRun: "All", body });
    if (pod.spec?.hostNetwork !== true) throw new Error("pods still get a network of their own");
}

/** An application that was deployed since is nobody's to wait for. */
async function expectAvailable(apps: AppsV1Api): Promise<void> {
    for (const { namespace, name } of seededApps) {
        const { spec, status } = await apps.readNamespacedDeployment({ namespace, name });
        const isAsSeeded = spec?.template.spec?.containers[0]?.image?.endsWith(`:${seededTag}`);
        if (isAsSeeded && !status?.availableReplicas) {
            throw new Error(`Deployment ${namespace}/${name} has no pod that is ready`);
        }
    }
}
