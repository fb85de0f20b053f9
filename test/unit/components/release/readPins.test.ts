import type { V1Deployment } from "@kubernetes/client-node";
import { expect } from "chai";
import type { Cluster } from "../../../../components/release/cluster.js";
import { type PinScope, readPins } from "../../../../components/release/readPins.js";
import type { TagState } from "../../../../jobs/lib/registry/image.js";
import { appOf, rawApp } from "../../../support/settings.js";

const image = "acme/website";
const website = appOf(rawApp({ sha: "0123abcd" }));

/** @param manager who set the image; a pin that stood there before has left its name, and no longer the image */
function deployment(live: string, manager = "kubectl-set", others: readonly string[] = []): V1Deployment {
    const fieldsV1 = {
        "f:spec": { "f:template": { "f:spec": { "f:containers": { 'k:{"name":"website"}': { "f:image": {} } } } } },
    };
    return {
        metadata: {
            managedFields: [
                { manager, time: new Date("2026-11-01T00:00:00Z"), fieldsV1 },
                ...others.map((other) => ({ manager: other, fieldsV1: {} })),
            ],
        },
        spec: {
            selector: {},
            template: {
                spec: {
                    containers: [
                        { name: "proxy", image: "p:1" },
                        { name: "website", image: live },
                    ],
                },
            },
        },
    };
}

interface World {
    readonly live?: V1Deployment | Error;
    readonly tag?: TagState;
    readonly tags?: readonly string[];
}

function read({ live, tag = { found: true, digest: "sha256:0" }, tags = [] }: World, scope: PinScope = {}) {
    const cluster: Cluster = {
        async deployment(namespace, name) {
            expect([namespace, name]).deep.equal(["website", "blog"]);
            if (live instanceof Error) throw live;
            return live;
        },
        rollout: () => Promise.reject(new Error("not asked for")),
    };
    return readPins([website], { cluster, registries: { tag: async () => tag, tags: async () => [...tags] } }, scope);
}

describe("a pin before anything is changed", () => {
    it("is good when its image is there for the nodes and its container is live", async () => {
        const index: TagState = { found: true, digest: "sha256:0", platforms: ["linux/arm64", "linux/amd64"] };
        const { pins, problems, warnings } = await read({
            live: deployment(`${image}:00000000`, "cicd-release"),
            tag: index,
        });
        expect(problems).deep.equal([]);
        expect(warnings).deep.equal([]);
        expect(pins[0]?.deployments[0]?.containers).deep.equal([
            { name: "proxy" },
            { name: "website", image: `${image}:0123abcd` },
        ]);
    });

    it("names the nearest tags when its own is not in the registry", async () => {
        const tags = ["0123abce", "ffffffff", "0123abc0", "latest", "1123abcd", "013abcd0", "eeeeeeee", "0123abcd9"];
        const { problems } = await read({ live: deployment(`${image}:1`), tag: { found: false }, tags });
        expect(problems).deep.equal([
            "cicd:apps.website.sha: acme/website:0123abcd is not in the registry; the nearest tags are 0123abc0, 0123abce, 1123abcd, 013abcd0, eeeeeeee",
        ]);
    });

    it("is refused for an image that no node can run", async () => {
        const tag: TagState = { found: true, digest: "sha256:0", platforms: ["linux/arm64", "attestation"] };
        const { problems } = await read({ live: deployment(`${image}:1`), tag });
        expect(problems[0]).contains("acme/website:0123abcd has no linux/amd64 image, only linux/arm64, attestation");
    });

    it("is refused when the registry, the cluster, the Deployment or the container is missing", async () => {
        const live = deployment(`${image}:1`);
        const unclear = await read({ live, tag: { unclear: "docker.io: 401" } });
        expect(unclear.problems).deep.equal([
            "cicd:apps.website.sha: acme/website:0123abcd cannot be looked up: docker.io: 401",
        ]);
        const silent = await read({ live: new Error("no answer") });
        expect(silent.problems[0]).equal("cicd:apps.website: Deployment website/blog cannot be read: no answer");
        expect((await read({})).problems[0]).contains("Deployment website/blog does not exist");
        live.spec?.template.spec?.containers.pop();
        expect((await read({ live })).problems[0]).contains("has no container website; its containers are proxy");
    });

    it("does not stop an update for a registry that is down while the pinned image runs already", async () => {
        const { problems, warnings } = await read({
            live: deployment(`${image}:0123abcd`, "cicd-release"),
            tag: { unclear: "acme: no answer" },
        });
        expect(problems).deep.equal([]);
        expect(warnings[0]).contains("cannot be looked up").and.contains("a new pod could not pull it");
    });

    it("says in these words when an image was changed behind it, by whom and since when", async () => {
        const live = deployment(`${image}:89abcdef`, "kubectl-set", ["cicd-release"]);
        const { warnings, problems } = await read({ live });
        expect(problems).deep.equal([]);
        expect(warnings[0])
            .contains("an image was changed behind the pin: Deployment website/blog has acme/website:89abcdef")
            .and.contains("since 2026-11-01T00:00:00.000Z, set by kubectl-set")
            .and.contains("cicd adopt-images website");
    });

    it("says nothing of the kind where no pin stood yet, or where it is the one that is being set", async () => {
        const first = await read({ live: deployment(`${image}:89abcdef`) });
        expect(first.warnings).deep.equal([]);
        const live = deployment(`${image}:89abcdef`, "kubectl-set", ["cicd-release"]);
        expect((await read({ live }, { rolled: ["website"] })).warnings).deep.equal([]);
        expect((await read({ live }, { rolled: ["shop"] })).warnings).have.lengthOf(1);
    });

    it("is left as it is when an update is about another application, and stays declared", async () => {
        for (const live of [undefined, new Error("no answer")]) {
            const strict = await read({ ...(live && { live }) });
            expect(strict.problems).have.lengthOf(1);
            const { pins, problems, warnings } = await read({ ...(live && { live }) }, { rolled: ["shop"] });
            expect(problems).deep.equal([]);
            expect(warnings).deep.equal([`${strict.problems[0]}; left as it is`]);
            expect(pins[0]?.deployments).deep.equal([
                {
                    namespace: "website",
                    deployment: "blog",
                    containers: [{ name: "website", image: `${image}:0123abcd` }],
                },
            ]);
            expect((await read({ ...(live && { live }) }, { rolled: ["website"] })).problems).have.lengthOf(1);
        }
        const gone = await read(
            { live: deployment(`${image}:1`), tag: { unclear: "no answer" } },
            { rolled: ["shop"] },
        );
        expect(gone.problems).deep.equal([]);
        expect(gone.warnings[0]).contain("acme/website:0123abcd cannot be looked up: no answer");
    });

    it("is looked up again by the preview where the registry wants a login and there is none here", async () => {
        const tag: TagState = { unclear: "docker.io: 401", needsLogin: true };
        const world: World = { live: deployment(`${image}:1`), tag };
        const { problems, warnings } = await read(world, { firstLook: true });
        expect(problems).deep.equal([]);
        expect(warnings).deep.equal([
            "cicd:apps.website.sha: acme/website:0123abcd cannot be looked up: docker.io: 401; there is no login here, the preview has it",
        ]);
        expect((await read(world)).problems).have.lengthOf(1);
        expect((await read({ ...world, tag: { unclear: "x" } }, { firstLook: true })).problems).have.lengthOf(1);
    });
});
