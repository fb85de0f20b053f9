import * as k8s from "@pulumi/kubernetes";
import { expect } from "chai";
import { endsWith } from "../../support/outcome.js";
import { Engine, uniqueName } from "./engine.js";
import { type Identity, KubernetesServer } from "./kubernetesServer.js";

interface Deployment {
    readonly spec: { readonly template: { readonly spec: { readonly containers: { name: string; image: string }[] } } };
}

// No replicas: a rollout without pods is complete on every cluster.
const deploymentSpec = (image: string, replicas = 0) => ({
    replicas,
    selector: { matchLabels: { app: "web" } },
    template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image, env: [{ name: "A", value: "b" }] }] },
    },
});

describe("kubernetes plugin on the fields of others, and on what is not ready", function () {
    this.timeout(180_000);
    const server = new KubernetesServer();
    const namespace = uniqueName("patch");
    const web: Identity = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web", namespace } };
    const containers = async () => (await server.read<Deployment>(web))?.spec.template.spec.containers ?? [];
    const space: Identity = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };

    const pin =
        (image: string, patchForce = "true") =>
        async () => {
            new k8s.apps.v1.DeploymentPatch(
                "pin",
                {
                    metadata: {
                        name: "web",
                        namespace,
                        annotations: {
                            "pulumi.com/patchForce": patchForce,
                            "pulumi.com/patchFieldManager": "pipeline-image",
                        },
                    },
                    spec: { template: { spec: { containers: [{ name: "web", image }] } } },
                },
                { retainOnDelete: true },
            );
        };

    before(async () => {
        await server.create({ ...space });
        await server.create({ ...web, spec: deploymentSpec("web:1") });
    });
    after(() => server.delete(space));

    it("sets the pinned image and leaves everything else of the container alone", async () => {
        const engine = await Engine.start(pin("web:2"));
        try {
            const pinned = await engine.up();
            expect(pinned.exitCode, pinned.text).to.equal(0);
            const [container] = await containers();
            expect(container).to.deep.include({ name: "web", image: "web:2", env: [{ name: "A", value: "b" }] });
            await endsWith(0, engine.drift());
        } finally {
            await engine.stop();
        }
    });

    it("sees another image behind the pin as drift, and sets it back", async () => {
        const engine = await Engine.start(pin("web:2"));
        try {
            await endsWith(0, engine.up());
            const spec = { template: { spec: { containers: [{ name: "web", image: "web:3" }] } } };
            await server.patch({ ...web, spec }, "kubectl-set");
            const drift = await engine.drift();
            expect(drift.exitCode, drift.text).to.equal(7);
            expect(drift.changes).to.deep.equal({ pin: "update" });
            await endsWith(0, engine.up({ refresh: true }));
            expect((await containers())[0]?.image).to.equal("web:2");
        } finally {
            await engine.stop();
        }
    });

    it("without patchForce fails the preview for a conflict", async () => {
        const engine = await Engine.start(pin("web:4"));
        try {
            await endsWith(0, engine.up());
            const spec = { template: { spec: { containers: [{ name: "web", image: "web:5" }] } } };
            await server.patch({ ...web, spec }, "kubectl-set");
            engine.program = pin("web:4", "false");
            const drift = await engine.drift();
            expect(drift.exitCode).to.equal(1);
            expect(drift.text).to.include('conflict with "kubectl-set"');
        } finally {
            await engine.stop();
        }
    });

    it("refuses to give up a required field", async () => {
        const owner = await Engine.start(async () => {
            new k8s.apps.v1.DeploymentPatch("pin", {
                metadata: { name: "web", namespace, annotations: { "pulumi.com/patchForce": "true" } },
                spec: { template: { spec: { containers: [{ name: "web", image: "web:6" }] } } },
            });
        });
        await endsWith(0, owner.up());
        const refused = await owner.destroy();
        expect(refused.exitCode).to.not.equal(0);
        expect(refused.text).to.include("retainOnDelete");
        const spec = { template: { spec: { containers: [{ name: "web", image: "web:7" }] } } };
        await server.patch({ ...web, spec }, "somebody");
        await owner.stop();
    });

    it("says what a Deployment waits for when its time is over, and keeps it in the state", async () => {
        const engine = await Engine.start(async () => {
            const { template, ...spec } = deploymentSpec("web:1", 1);
            new k8s.apps.v1.Deployment("slow", {
                metadata: { name: "slow", namespace, annotations: { "pulumi.com/timeoutSeconds": "3" } },
                spec: { ...spec, template: { ...template, spec: { ...template.spec, nodeSelector: { no: "such" } } } },
            });
        });
        try {
            const { exitCode, text } = await engine.up();
            expect(exitCode).to.not.equal(0);
            expect(text).to.include("timed out waiting to be Ready");
            expect(text).to.match(/available/i);
            const again = await engine.drift();
            expect(again.exitCode, "it stays a pending update").to.equal(7);
            expect(again.changes).to.deep.equal({ slow: "update" });
        } finally {
            await engine.stop();
        }
    });

    it("does not wait with skipAwait", async () => {
        const engine = await Engine.start(async () => {
            const { template, ...spec } = deploymentSpec("web:1", 1);
            new k8s.apps.v1.Deployment("slow", {
                metadata: { name: "slow", namespace, annotations: { "pulumi.com/skipAwait": "true" } },
                spec: { ...spec, template: { ...template, spec: { ...template.spec, nodeSelector: { no: "such" } } } },
            });
        });
        try {
            const { exitCode, text } = await engine.up();
            expect(exitCode, text).to.equal(0);
            await endsWith(0, engine.drift());
        } finally {
            await engine.stop();
        }
    });

    it("reports a Job that fails, with the Job's own reason", async () => {
        const engine = await Engine.start(async () => {
            new k8s.batch.v1.Job("job", {
                metadata: { name: "job", namespace },
                spec: {
                    activeDeadlineSeconds: 1,
                    backoffLimit: 0,
                    template: {
                        spec: {
                            restartPolicy: "Never",
                            nodeSelector: { no: "such" },
                            containers: [{ name: "main", image: "none:1" }],
                        },
                    },
                },
            });
        });
        try {
            const { exitCode, text } = await engine.up();
            expect(exitCode).to.not.equal(0);
            expect(text).to.include("DeadlineExceeded");
        } finally {
            await engine.stop();
        }
    });
});
