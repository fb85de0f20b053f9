import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import type { Ledger } from "../../../../jobs/integrity-probe/ledger.js";
import { broken, probe } from "../../../support/probe.js";
import { login, RealRegistry } from "../../../support/realRegistry.js";
import type { RegistryStorage, StoredIndex } from "../../../support/registryStorage.js";

/** A registry whose storage is damaged while it runs, its descriptor cache warmed by a walk before. */
describe("the integrity probe on a real registry with damaged storage", function () {
    this.timeout(60_000);
    let registry: RealRegistry;
    let storage: RegistryStorage;
    let warm: URL;
    let cold: URL;
    let count = 0;

    before(async () => {
        registry = RealRegistry.create();
        storage = registry.storage;
        warm = (await registry.serve({ cache: true })).url;
        cold = (await registry.serve()).url;
    });
    after(() => registry?.stop());

    const walk = (url: URL): Promise<Ledger> => probe(url, { ca: registry.ca, credentials: login });

    /** Walks a fresh repository before and after some damage, and takes it away again. */
    async function afterDamage(damage: (index: StoredIndex) => void, url = cold): Promise<string[]> {
        const repository = `case/n${count++}`;
        const index = storage.addIndex(repository, "v1");
        expect(broken(await walk(url))).to.deep.equal([]);
        damage(index);
        const ledger = await walk(url);
        storage.removeRepository(repository);
        expect(ledger.complete, ledger.troubles.join()).to.equal(true);
        return broken(ledger).map((line) => line.replace(`${repository}:`, ""));
    }

    it("finds nothing in a sound registry, and looks at everything", async () => {
        storage.addIndex("sound", "v1");
        const ledger = await walk(cold);
        storage.removeRepository("sound");
        expect(ledger.counts).to.deep.equal({ repositories: 1, tags: 1, indexes: 1, children: 3, blobs: 6 });
        expect(ledger.complete).to.equal(true);
    });

    it("finds a child whose link is gone, as after garbage-collect -m", async () => {
        const found = await afterDamage(({ repository, arm64 }) =>
            storage.remove(storage.revisionLink(repository, arm64.digest)),
        );
        expect(found).to.deep.equal(["v1 linux/arm64 missing_child"]);
    });

    it("finds a child whose data is gone or empty", async () => {
        expect(await afterDamage(({ amd64 }) => storage.remove(storage.data(amd64.digest)))).to.deep.equal([
            "v1 linux/amd64 missing_child",
        ]);
        expect(await afterDamage(({ amd64 }) => storage.empty(storage.data(amd64.digest)))).to.deep.equal([
            "v1 linux/amd64 unreadable",
        ]);
    });

    it("finds a child whose link is empty", async () => {
        const found = await afterDamage(({ repository, amd64 }) =>
            storage.empty(storage.revisionLink(repository, amd64.digest)),
        );
        expect(found).to.deep.equal(["v1 linux/amd64 unreadable"]);
    });

    it("finds what garbage-collect -m of registry 2.8 takes from a tagged image, behind a warm cache", async () => {
        const found = await afterDamage(() => registry.collectGarbage("--delete-untagged"), warm);
        expect(found).to.deep.equal(["attestation", "linux/amd64", "linux/arm64"].map((p) => `v1 ${p} missing_child`));
    });

    it("finds nothing after a garbage collection that keeps to its task", async () => {
        expect(await afterDamage(() => registry.collectGarbage())).to.deep.equal([]);
    });

    it("finds a lost attestation: its loss breaks pulls too", async () => {
        const found = await afterDamage(({ repository, attestation }) =>
            storage.remove(storage.revisionLink(repository, attestation.digest)),
        );
        expect(found).to.deep.equal(["v1 attestation missing_child"]);
    });

    it("finds a child with other bytes than its digest says, though it is served with 200", async () => {
        const found = await afterDamage(({ amd64 }) => {
            const text = readFileSync(storage.data(amd64.digest), "utf8");
            writeFileSync(storage.data(amd64.digest), text.replace('"schemaVersion":2', '"schemaVersion": 2'));
        });
        expect(found).to.deep.equal(["v1 linux/amd64 digest_mismatch"]);
    });

    it("finds a tag that leads nowhere", async () => {
        const noLink = await afterDamage(({ repository, tag }) => storage.remove(storage.tagLink(repository, tag)));
        expect(noLink).to.deep.equal(["v1  missing_manifest"]);
        const emptyLink = await afterDamage(({ repository, tag }) => storage.empty(storage.tagLink(repository, tag)));
        expect(emptyLink).to.deep.equal(["v1  unreadable"]);
    });

    it("finds a tag whose index has lost its link, its data, or its content", async () => {
        const noLink = await afterDamage(({ repository, digest }) =>
            storage.remove(storage.revisionLink(repository, digest)),
        );
        expect(noLink).to.deep.equal(["v1  missing_manifest"]);
        expect(await afterDamage(({ digest }) => storage.remove(storage.data(digest)))).to.deep.equal([
            "v1  missing_manifest",
        ]);
        expect(await afterDamage(({ digest }) => storage.empty(storage.data(digest)))).to.deep.equal([
            "v1  unreadable",
        ]);
    });

    for (const temperature of ["cold", "warm"] as const) {
        const url = () => (temperature === "cold" ? cold : warm);

        it(`finds a layer that is gone, with a ${temperature} cache`, async () => {
            const found = await afterDamage(({ arm64 }) => storage.remove(storage.data(arm64.layer.digest)), url());
            const kind = temperature === "cold" ? "missing_blob" : "truncated_blob";
            expect(found).to.deep.equal([`v1 linux/arm64 ${kind}`]);
        });

        it(`finds an empty layer, with a ${temperature} cache`, async () => {
            const found = await afterDamage(({ arm64 }) => storage.empty(storage.data(arm64.layer.digest)), url());
            expect(found).to.deep.equal(["v1 linux/arm64 truncated_blob"]);
        });

        it(`finds a layer cut in half, with a ${temperature} cache`, async () => {
            const found = await afterDamage(
                ({ amd64 }) => truncateSync(storage.data(amd64.layer.digest), amd64.layer.size >> 1),
                url(),
            );
            expect(found).to.deep.equal(["v1 linux/amd64 truncated_blob"]);
        });

        it(`finds a config that is gone, with a ${temperature} cache`, async () => {
            const found = await afterDamage(({ amd64 }) => storage.remove(storage.data(amd64.config.digest)), url());
            expect(found).to.have.lengthOf(1);
        });
    }

    it("finds a layer whose link is gone once the cache does not hide it", async () => {
        const damage = ({ repository, amd64 }: StoredIndex) =>
            storage.remove(storage.layerLink(repository, amd64.layer.digest));
        expect(await afterDamage(damage, cold)).to.deep.equal(["v1 linux/amd64 missing_blob"]);
        // such a layer is still served, whole, until the registry starts again
        expect(await afterDamage(damage, warm)).to.deep.equal([]);
    });

    it("names every image that needs a broken manifest once, with the others counted", async () => {
        const index = storage.addIndex("shared", "v2");
        storage.tag("shared", "latest", index.digest);
        storage.remove(storage.revisionLink("shared", index.arm64.digest));
        const { findings } = await walk(cold);
        storage.removeRepository("shared");
        expect(findings).to.have.lengthOf(1);
        expect(findings[0]).to.include({ tag: "latest", otherTags: 1, digest: index.arm64.digest });
    });

    it("does not report what is in order", async () => {
        const image = storage.addImage("fine", "plain");
        storage.tag("fine", "single", image.digest);
        storage.addIndex("fine", "no-media-type", { mediaType: false });
        const inner = storage.addIndex("fine", "inner");
        const nested = storage.addManifest("fine", inner.mediaType, {
            manifests: [{ mediaType: inner.mediaType, digest: inner.digest, size: inner.size }],
        });
        storage.tag("fine", "nested", nested.digest);
        const foreign = { ...image.layer, digest: `sha256:${"0".repeat(64)}`, urls: ["https://example.org/layer"] };
        const windows = storage.addManifest("fine", image.mediaType, { config: image.config, layers: [foreign] });
        storage.tag("fine", "foreign-layer", windows.digest);
        const empty = storage.addBlob("fine", "application/vnd.oci.empty.v1+json", "{}");
        storage.tag(
            "fine",
            "artifact",
            storage.addManifest("fine", image.mediaType, { config: empty, layers: [] }).digest,
        );
        storage.tag("fine", `sha256-${image.digest.slice(7)}`, inner.digest);
        storage.addRepository("without-tags");

        const ledger = await walk(cold);
        for (const name of ["fine", "without-tags"]) storage.removeRepository(name);
        expect(broken(ledger)).to.deep.equal([]);
        expect(ledger.complete, ledger.troubles.join()).to.equal(true);
        expect(ledger.counts).to.include({ repositories: 2, tags: 7, indexes: 3 });
    });

    it("does not report a BuildKit cache, whose index lists layers where manifests are expected", async () => {
        const layer = storage.addBlob("cache", "application/vnd.oci.image.layer.v1.tar+gzip", "cached layer");
        const config = storage.addBlob("cache", "application/vnd.buildkit.cacheconfig.v0", "{}");
        const cache = storage.addManifest("cache", "application/vnd.oci.image.index.v1+json", {
            manifests: [layer, config],
        });
        storage.tag("cache", "buildcache", cache.digest);
        const ledger = await walk(cold);
        storage.removeRepository("cache");
        expect(broken(ledger)).to.deep.equal([]);
        expect(ledger.counts).to.include({ children: 0, blobs: 2 });
    });

    it("opens no more connections than it has workers, over many requests", async () => {
        for (let tag = 0; tag < 20; tag++) storage.addIndex("many", `v${tag}`);
        const { runProbe } = await import("../../../../jobs/integrity-probe/probe.js");
        const { probeSettingsFor } = await import("../../../support/probe.js");
        const settings = probeSettingsFor(cold, { ca: registry.ca, credentials: login, concurrency: 3 });
        const { cost } = await runProbe(settings);
        storage.removeRepository("many");
        expect(cost.requests).to.be.greaterThan(200);
        expect(cost.connections).to.be.at.most(3);
    });

    it("says so when the login is refused, and reports nothing", async () => {
        const ledger = await probe(cold, { ca: registry.ca, credentials: { username: "probe", password: "wrong" } });
        expect(ledger.troubles.join()).to.contain("401");
        expect(ledger).to.include({ catalogAccessible: false, complete: false, failureCount: 0 });
    });

    it("does not trust a certificate that it was not told to trust", async () => {
        const ledger = await probe(cold, { credentials: login });
        expect(ledger.troubles.join()).to.match(/self.signed/);
        expect(ledger.complete).to.equal(false);
    });
});
