import { PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { expect } from "chai";
import { buildAppImage, pushImage } from "../../../sandbox/lib/image.js";
import { findExecutable } from "../../../sandbox/lib/run.js";
import { Cluster } from "../../support/cluster.js";
import { waitFor } from "../../support/waitFor.js";

/** The one tag that a simulated node, too, knows not to exist. */
const missingTag = "deadbeef";

describe("a Deployment in the sandbox", function () {
    this.timeout(60_000);
    const cluster = Cluster.ofSandbox();
    const registryUrl = process.env.REGISTRY_URL ?? "";
    const repository = "test/rollout";
    const image = `${new URL(registryUrl).host}/${repository}`;
    const target = { namespace: "sandbox-test-rollout", name: "web" };
    const selector = "app=web";

    const push = async (tag: string) => {
        const program = findExecutable("app", process.env.PATH ?? "");
        if (program === undefined) throw new Error("the program app is not on PATH");
        return await pushImage(registryUrl, repository, tag, await buildAppImage(program, repository, tag));
    };
    const setImage = (tag: string) =>
        cluster.apps.patchNamespacedDeployment(
            {
                ...target,
                body: { spec: { template: { spec: { containers: [{ name: "web", image: `${image}:${tag}` }] } } } },
            },
            setHeaderOptions("Content-Type", PatchStrategy.StrategicMergePatch),
        );
    const rolledOut = (tag: string) =>
        waitFor(`the rollout of ${tag}`, async () => {
            const { metadata, spec, status } = await cluster.apps.readNamespacedDeployment(target);
            expect(status?.observedGeneration).to.equal(metadata?.generation);
            expect(status).to.include({ updatedReplicas: spec?.replicas, availableReplicas: spec?.replicas });
            expect(status?.unavailableReplicas ?? 0).to.equal(0);
            const images = (await cluster.podsOf(target.namespace, selector))
                .filter((pod) => pod.metadata?.deletionTimestamp === undefined)
                .map((pod) => pod.status?.containerStatuses?.[0]?.image);
            expect(images).to.deep.equal([`${image}:${tag}`]);
        });

    before(async () => {
        await cluster.createNamespace(target.namespace);
        for (const tag of ["11111111", "22222222"]) await push(tag);
        await cluster.apps.createNamespacedDeployment({
            namespace: target.namespace,
            body: {
                metadata: { name: target.name },
                spec: {
                    selector: { matchLabels: { app: "web" } },
                    template: {
                        metadata: { labels: { app: "web" } },
                        spec: {
                            terminationGracePeriodSeconds: 1,
                            containers: [{ name: "web", image: `${image}:11111111` }],
                        },
                    },
                },
            },
        });
    });
    after(() => cluster.deleteNamespace(target.namespace));

    it("becomes ready, on the host's network and with the API server's address", async () => {
        await rolledOut("11111111");
        const [pod] = await cluster.podsOf(target.namespace, selector);
        expect(pod?.spec?.hostNetwork).to.equal(true);
        const { hostname, port } = new URL(cluster.server);
        expect(pod?.spec?.containers[0]?.env).to.deep.include.members([
            { name: "KUBERNETES_SERVICE_HOST", value: hostname },
            { name: "KUBERNETES_SERVICE_PORT", value: port },
        ]);
    });

    it("rolls to another image", async () => {
        await setImage("22222222");
        await rolledOut("22222222");
    });

    it("says ErrImagePull for a tag that does not exist, and keeps the old pod", async () => {
        await setImage(missingTag);
        const reason = await waitFor("the reason of the new pod", async () => {
            const pods = await cluster.podsOf(target.namespace, selector);
            const container = pods
                .flatMap(({ status }) => status?.containerStatuses ?? [])
                .find((status) => status.image === `${image}:${missingTag}`);
            expect(container?.state?.waiting?.reason).to.match(/^(ErrImagePull|ImagePullBackOff)$/);
            return container?.state?.waiting?.message ?? "";
        });
        expect(reason).to.contain(missingTag);
        const { status } = await cluster.apps.readNamespacedDeployment(target);
        expect(status?.availableReplicas).to.equal(1);
        await setImage("22222222");
        await rolledOut("22222222");
    });
});
