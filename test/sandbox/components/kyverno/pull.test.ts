import { expect } from "chai";
import { buildAppImage, pushImage } from "../../../../sandbox/lib/image.js";
import { findExecutable } from "../../../../sandbox/lib/run.js";
import { Cluster } from "../../../support/cluster.js";
import { Spread } from "../../../support/kyverno.js";
import { login, RealRegistry } from "../../../support/realRegistry.js";
import { waitFor } from "../../../support/waitFor.js";

describe("a pull from a registry that asks for a login, in a namespace that is younger than the policy", function () {
    this.timeout(180_000);
    const cluster = Cluster.ofSandbox();
    const namespace = "sandbox-test-pull";
    const input = {
        sourceNamespace: "sandbox-test-pull-source",
        secretName: "sandbox-test-login",
        excludedNamespaces: [],
    };
    const spread = new Spread(cluster, input);
    let registry: RealRegistry | undefined;
    let image = "";

    before(async function () {
        if (!(await cluster.isReal())) {
            console.log("      skipped: the node is simulated on this machine, where no container runs");
            this.skip();
        }
        registry = RealRegistry.create();
        const open = await registry.serve({ tls: false, auth: false });
        const program = findExecutable("app", process.env.PATH ?? "");
        if (program === undefined) throw new Error("the program app is not on PATH");
        await pushImage(open.url.href, "team/app", "11111111", await buildAppImage(program, "team/app", "11111111"));
        const { url } = await registry.serve({ tls: false });
        image = `${url.host}/team/app:11111111`;
        await cluster.createNamespace(input.sourceNamespace);
        await spread.setPassword(url.host, login.username, login.password);
        await spread.declare("ClusterPolicy");
    });
    after(async () => {
        if (!registry) return;
        await spread.remove();
        for (const name of [namespace, input.sourceNamespace]) await cluster.deleteNamespace(name).catch(() => {});
        await registry.stop();
    });

    const start = (name: string, imagePullSecrets: { name: string }[]) =>
        cluster.core.createNamespacedPod({
            namespace,
            body: {
                metadata: { name },
                spec: {
                    imagePullSecrets,
                    automountServiceAccountToken: false,
                    terminationGracePeriodSeconds: 1,
                    containers: [{ name, image, imagePullPolicy: "Always" }],
                },
            },
        });
    const stateOf = async (name: string) => {
        const { status } = await cluster.core.readNamespacedPod({ namespace, name });
        return status?.containerStatuses?.[0]?.state;
    };

    it("is refused without the credential, and works with the one that Kyverno put there", async () => {
        await cluster.createNamespace(namespace);
        await spread.reaches(login.password, namespace);
        await start("without", []);
        await start("with", [{ name: input.secretName }]);
        await waitFor(
            "the pod with the credential to run",
            async () => expect(await stateOf("with")).to.have.property("running"),
            90,
        );
        await waitFor("the pod without it to be refused", async () =>
            expect((await stateOf("without"))?.waiting?.reason).to.match(/^(ErrImagePull|ImagePullBackOff)$/),
        );
    });
});
