import * as pulumi from "@pulumi/pulumi";
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
    const aliases = new Map<string, string[]>();
    before(async function () {
        this.timeout(30_000);
        made = await register(async () => {
            listenFor(aliases);
            const { Releases } = await import("../../../../components/release/releases.js");
            const containers = [{ name: "proxy" }, { name: "web", image: "acme/web:0123abcd" }];
            const deployments = ["one", "two"].map((deployment) => ({ namespace: "shop", deployment, containers }));
            const release = { rolloutSeconds: 60, ciDeploys: "refuse" } as const;
            new Releases("releases", { pins: [{ app: "shop", sha: "0123abcd", deployments }], cluster, release });
        });
    });

    it("are a patch a Deployment, with the images of the named containers and nothing else", () => {
        const patches = made.filter(({ type }) => type === patchType);
        expect(patches.map(({ name }) => name)).deep.equal(["shop-release/shop/one", "shop-release/shop/two"]);
        expect(patches[0]?.inputs.spec).deep.equal({
            template: { spec: { containers: [{ name: "proxy" }, { name: "web", image: "acme/web:0123abcd" }] } },
        });
    });

    it("are known by the name they had when two Deployments could share one", () => {
        expect(aliases.get("shop-release/shop/one")).include("shop-release-shop-one");
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

/** Notes by which other names the engine knows what is registered. */
function listenFor(aliases: Map<string, string[]>): void {
    interface Request {
        getName(): string;
        getAliasesList(): { getSpec(): { getName(): string } | undefined }[];
    }
    const monitor = pulumi.runtime.getMonitor() as unknown as {
        registerResource(request: Request, ...rest: unknown[]): void;
    };
    const inner = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request, ...rest) => {
        aliases.set(
            request.getName(),
            request.getAliasesList().map((alias) => alias.getSpec()?.getName() ?? ""),
        );
        inner(request, ...rest);
    };
}
