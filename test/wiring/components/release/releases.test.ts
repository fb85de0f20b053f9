import { expect } from "chai";
import type { Cluster } from "../../../../components/release/cluster.js";
import { type Made, register } from "../../../support/mocks.js";

describe("pinned images", () => {
    const patchType = "kubernetes:apps/v1:DeploymentPatch";
    const cluster: Cluster = {
        deployment: async () => undefined,
        rollout: async () => ({ replicaSets: [], pods: [] }),
    };
    let made: Made[];
    before(async function () {
        this.timeout(30_000);
        made = await register(async () => {
            const { Releases } = await import("../../../../components/release/releases.js");
            const containers = [{ name: "proxy" }, { name: "web", image: "acme/web:0123abcd" }];
            const deployments = ["one", "two"].map((deployment) => ({ namespace: "shop", deployment, containers }));
            const release = { rolloutSeconds: 60, ciDeploys: "refuse" } as const;
            new Releases("releases", { pins: [{ app: "shop", sha: "0123abcd", deployments }], cluster, release });
        });
    });

    it("are a patch a Deployment, with the images of the named containers and nothing else", () => {
        const patches = made.filter(({ type }) => type === patchType);
        expect(patches.map(({ name }) => name)).deep.equal(["shop-release-shop-one", "shop-release-shop-two"]);
        expect(patches[0]?.inputs.spec).deep.equal({
            template: { spec: { containers: [{ name: "proxy" }, { name: "web", image: "acme/web:0123abcd" }] } },
        });
    });

    it("have one field manager, always the same, that takes the field from a deploy by CI", () => {
        for (const { inputs } of made.filter(({ type }) => type === patchType)) {
            expect(inputs.metadata.annotations).deep.equal({
                "pulumi.com/patchFieldManager": "cicd-release",
                "pulumi.com/patchForce": "true",
            });
        }
    });
});
