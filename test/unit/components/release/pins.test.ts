import { expect } from "chai";
import fc from "fast-check";
import { patchContainers, patchName, pinOf } from "../../../../components/release/pins.js";
import { appOf, rawApp } from "../../../support/settings.js";

describe("what an application's sha pins", () => {
    it("is nothing without one", () => {
        expect(pinOf(appOf(rawApp()))).equal(undefined);
    });

    it("is the images of its containers, gathered by Deployment", () => {
        const deployment = { namespace: "shop", deployment: "web" };
        const app = appOf(
            rawApp({
                sha: "0123abcd",
                images: [{ name: "acme/back" }, { name: "acme/front" }],
                deployments: [
                    { ...deployment, container: "back", image: "acme/back" },
                    { ...deployment, container: "front", image: "acme/front" },
                    { ...deployment, deployment: "jobs", container: "back", image: "acme/back" },
                ],
            }),
        );
        expect(pinOf(app)?.deployments).deep.equal([
            {
                ...deployment,
                containers: [
                    { container: "back", image: "acme/back:0123abcd" },
                    { container: "front", image: "acme/front:0123abcd" },
                ],
            },
            { ...deployment, deployment: "jobs", containers: [{ container: "back", image: "acme/back:0123abcd" }] },
        ]);
    });
});

describe("the name of a patch", () => {
    it("is another one for each Deployment, whatever hyphens there are", () => {
        const names = [
            patchName("shop", { namespace: "web", deployment: "app-api" }),
            patchName("shop", { namespace: "web-app", deployment: "api" }),
            patchName("shop-release", { namespace: "web", deployment: "app-api" }),
        ];
        expect(new Set(names).size).equal(names.length);
    });
});

describe("the containers of a patch", () => {
    it("stand where they are live, with an image only where one is pinned", () => {
        const pinned = [{ container: "web", image: "acme/web:1" }];
        expect(patchContainers(["proxy", "web", "log"], pinned)).deep.equal({
            containers: [{ name: "proxy" }, { name: "web", image: "acme/web:1" }],
        });
    });

    it("are none that is not live: it would be a new container", () => {
        const pinned = [{ container: "wbe", image: "acme/web:1" }];
        expect(patchContainers(["web"], pinned)).deep.equal({ missing: ["wbe"] });
    });

    it("agree with the live ones at every position, whatever is pinned", () => {
        const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 1, maxLength: 6 });
        fc.assert(
            fc.property(names, fc.func(fc.boolean()), (live, choose) => {
                const pinned = live.filter((name) => choose(name)).map((container) => ({ container, image: "i:1" }));
                const patch = patchContainers(live, pinned);
                if ("missing" in patch) throw new Error("all of them are live");
                expect(patch.containers.map(({ name }) => name)).deep.equal(live.slice(0, patch.containers.length));
                expect(patch.containers.filter(({ image }) => image).map(({ name }) => name)).have.deep.members(
                    pinned.map(({ container }) => container),
                );
            }),
        );
    });
});
