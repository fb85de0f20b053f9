import type { ServerResponse } from "node:http";
import { expect } from "chai";
import { runProbe } from "../../../../jobs/integrity-probe/probe.js";
import { contentGauges } from "../../../../jobs/integrity-probe/report.js";
import { INDEX, json, MemoryRegistry } from "../../../support/memoryRegistry.js";
import { broken, probe, probeSettingsFor } from "../../../support/probe.js";

describe("the integrity probe's walk", () => {
    let registry: MemoryRegistry;

    beforeEach(async () => {
        registry = await MemoryRegistry.start();
    });
    afterEach(() => registry.stop());
    const asked = (pattern: RegExp) => registry.requests.filter(({ route }) => pattern.test(route));

    it("checks every tag, every child, and every config and layer once", async () => {
        registry.push("team/app", "v1", 3);
        registry.push("team/app", "v2", 1);
        const latest = registry.push("team/app", "v3", 2);
        registry.tag("team/app", "latest", latest.index.digest);
        const { counts, complete } = await probe(registry.url);
        expect(counts).to.deep.equal({ repositories: 1, tags: 4, indexes: 3, children: 6, blobs: 12 });
        expect(complete).to.equal(true);
        const routes = registry.requests.map(({ route }) => route);
        expect(new Set(routes).size, "no question is put twice").to.equal(routes.length);
    });

    it("asks for all four manifest types, never conditionally, and sends the login unasked", async () => {
        registry.push("app", "v1", 1);
        await probe(registry.url, { credentials: { username: "u", password: "p" } });
        for (const { headers } of asked(/manifests/)) {
            for (const type of [
                "oci.image.index",
                "oci.image.manifest",
                "manifest.list.v2",
                "distribution.manifest.v2",
            ]) {
                expect(headers.accept).to.contain(type);
            }
            expect(headers).not.to.have.property("if-none-match");
        }
        const basic = `Basic ${Buffer.from("u:p").toString("base64")}`;
        expect(registry.requests.every(({ headers }) => headers.authorization === basic)).to.equal(true);
    });

    it("reads lists that come in pages, of repositories and of tags", async () => {
        for (const name of ["a", "b"]) for (const tag of ["v1", "v2"]) registry.push(name, tag, 1);
        registry.instead(/_catalog\?n=1000$/, (_, response) => {
            response.setHeader("link", '</v2/_catalog?last=a&n=1>; rel="next"');
            json(response, 200, { repositories: ["a"] });
        });
        registry.instead(/_catalog\?last=a/, (_, response) => json(response, 200, { repositories: ["a", "b"] }));
        registry.instead(/b\/tags\/list\?n=1000$/, (_, response) => {
            response.setHeader("link", '</v2/b/tags/list?last=v1&n=1000>; rel="next"');
            json(response, 200, { tags: ["v1"] });
        });
        registry.instead(/b\/tags\/list\?last=v1/, (_, response) => json(response, 200, { tags: ["v2"] }));
        expect((await probe(registry.url)).counts).to.include({ repositories: 2, tags: 4 });
    });

    it("asks without a page size where the registry's limit is lower", async () => {
        registry.push("app", "v1", 1);
        registry.instead(/\?n=1000/, (_, response) => json(response, 400, { errors: [] }));
        const ledger = await probe(registry.url);
        expect(ledger.complete, ledger.troubles.join()).to.equal(true);
        expect(ledger.counts.tags).to.equal(1);
    });

    it("asks once more after a full page without a Link, with which registry 2.8 can end the catalog early", async () => {
        const page = Array.from({ length: 1000 }, (_, n) => `r${String(n).padStart(4, "0")}`);
        for (const name of [...page, "z"]) registry.tags.set(name, new Map());
        registry.instead(/_catalog\?n=1000$/, (_, response) => json(response, 200, { repositories: page }));
        registry.instead(/_catalog\?last=r0999/, (_, response) => json(response, 200, { repositories: ["z"] }));
        expect((await probe(registry.url)).counts.repositories).to.equal(1001);
    });

    it("takes null, an empty list and 404 for a repository without tags", async () => {
        for (const name of ["null", "empty", "unknown"]) registry.tags.set(name, new Map());
        registry.instead(/\/null\/tags/, (_, response) => json(response, 200, { tags: null }));
        registry.instead(/\/unknown\/tags/, (_, response) =>
            json(response, 404, { errors: [{ code: "NAME_UNKNOWN" }] }),
        );
        const ledger = await probe(registry.url);
        expect(ledger.complete).to.equal(true);
        expect(ledger.counts).to.include({ repositories: 3, tags: 0 });
    });

    it("keeps to the prefix of the registry's address", async () => {
        registry.push("app", "v1", 1);
        registry.instead(/./, (request, response) => {
            expect(request.url).to.match(/^\/registry\/v2\//);
            request.url = request.url?.replace("/registry", "") ?? "";
            registry.answer(request, response);
        });
        expect((await probe(new URL("registry/", registry.url))).complete).to.equal(true);
    });

    it("does not report a failure that passes", async () => {
        const { images } = registry.push("app", "v1", 2);
        const gone = (_: unknown, response: Parameters<typeof json>[0]) => json(response, 404, { errors: [] });
        registry.instead(new RegExp(`manifests/${images[1]?.digest}`), gone, 1);
        registry.instead(/blobs\//, gone, 1);
        registry.instead(/manifests\/v1/, (_, response) => json(response, 500, { errors: [] }), 1);
        registry.push("app", "v2", 1);
        const ledger = await probe(registry.url);
        expect(broken(ledger)).to.deep.equal([]);
        expect(ledger.complete).to.equal(true);
    });

    it("does not report a tag that was deleted or moved meanwhile", async () => {
        const old = registry.push("app", "moved", 2);
        const deleted = registry.push("app", "deleted", 2);
        for (const { images } of [old, deleted]) registry.forget(images[0]?.digest ?? "");
        registry.push("app", "listed-then-gone", 1);
        registry.instead(/GET .*manifests\/listed-then-gone/, (_, response) => {
            registry.tags.get("app")?.delete("listed-then-gone");
            registry.tags.get("app")?.delete("deleted");
            registry.tag("app", "moved", registry.push("app", "elsewhere", 1).index.digest);
            registry.tags.get("app")?.delete("elsewhere");
            json(response, 404, { errors: [{ code: "MANIFEST_UNKNOWN" }] });
        });
        expect(broken(await probe(registry.url))).to.deep.equal([]);
    });

    it("reports a child that stays away, once, with the first of the images that need it", async () => {
        const { index, images } = registry.push("app", "v1", 2);
        registry.tag("app", "latest", index.digest);
        registry.forget(images[1]?.digest ?? "");
        const { findings } = await probe(registry.url);
        expect(findings).to.have.lengthOf(1);
        expect(findings[0]).to.include({
            repository: "app",
            tag: "latest",
            otherTags: 1,
            kind: "manifest",
            digest: images[1]?.digest,
            platform: "linux/arch1",
            class: "missing_child",
        });
    });

    it("finds what is broken below an index within an index, and names the tag", async () => {
        const inner = registry.push("app", "inner", 2);
        registry.tags.get("app")?.delete("inner");
        const outer = registry.put(INDEX, { schemaVersion: 2, manifests: [inner.index] });
        registry.tag("app", "outer", outer.digest);
        registry.forget(inner.layers[0]?.digest ?? "");
        expect(broken(await probe(registry.url))).to.deep.equal(["app:outer linux/arch0 missing_blob"]);
    });

    it("tells in the metrics a blob, which not every run looks at, from a manifest", async () => {
        const { images, layers } = registry.push("app", "v1", 2);
        registry.forget(images[0]?.digest ?? "");
        registry.forget(layers[1]?.digest ?? "");
        const info = contentGauges(await probe(registry.url)).find(({ name }) => name.endsWith("_failure_info"));
        expect(info?.samples.map(({ labels }) => [labels?.kind, labels?.class])).to.have.deep.members([
            ["manifest", "missing_child"],
            ["blob", "missing_blob"],
        ]);
    });

    it("follows a redirect to storage without the login, and believes what storage says", async () => {
        const storage = await MemoryRegistry.start();
        const sound = registry.push("app", "v1", 1);
        storage.push("app", "v1", 1);
        registry.instead(/blobs/, (request, response) => {
            response.writeHead(307, { location: new URL(request.url ?? "", storage.url).href }).end();
        });
        const credentials = { username: "u", password: "p" };
        expect((await probe(registry.url, { credentials })).complete).to.equal(true);
        expect(storage.requests.length).to.be.greaterThan(0);
        for (const { headers } of storage.requests) expect(headers).not.to.have.property("authorization");
        storage.forget(sound.layers[0]?.digest ?? "");
        expect(broken(await probe(registry.url, { credentials }))).to.deep.equal(["app:v1 linux/arch0 missing_blob"]);
        await storage.stop();
    });

    it("takes a whole blob where the registry does not know ranges", async () => {
        const { layers } = registry.push("app", "v1", 1);
        registry.instead(/blobs/, (request, response) => {
            delete request.headers.range;
            registry.answer(request, response);
        });
        expect(broken(await probe(registry.url))).to.deep.equal([]);
        const other = await MemoryRegistry.start();
        other.push("app", "v1", 1);
        other.instead(new RegExp(`blobs/${layers[0]?.digest}`), (_, response) => json(response, 200, ""));
        expect(broken(await probe(other.url))).to.deep.equal(["app:v1 linux/arch0 truncated_blob"]);
        await other.stop();
    });

    it("counts a whole blob that comes in chunks, of unknown length and after other attempts", async () => {
        const { layers } = registry.push("app", "v1", 1);
        const chunked = (body: string) => (_: unknown, response: ServerResponse) => {
            response.writeHead(200);
            response.write(body.slice(0, 2));
            response.end(body.slice(2));
        };
        const layer = new RegExp(`blobs/${layers[0]?.digest}`);
        registry.instead(layer, (_, response) => json(response, 503, "the words of a proxy"), 1);
        registry.instead(layer, chunked("app v1 0"));
        expect(broken(await probe(registry.url))).to.deep.equal([]);
        const other = await MemoryRegistry.start();
        other.push("app", "v1", 1);
        other.instead(layer, chunked("app v1"));
        const { findings } = await probe(other.url);
        expect(findings.map(({ class: kind, detail }) => `${kind}: ${detail}`)).to.deep.equal([
            "truncated_blob: 6 bytes instead of 8",
        ]);
        await other.stop();
    });

    it("tries again on throttling, and waits as long as it is told", async () => {
        registry.push("app", "v1", 1);
        registry.instead(/manifests/, (_, response) => json(response.setHeader("retry-after", "1"), 429, ""), 1);
        const started = performance.now();
        const ledger = await probe(registry.url);
        expect(ledger.complete).to.equal(true);
        expect(performance.now() - started).to.be.greaterThan(950);
    });

    it("says that it is not complete when its budget ends it, and goes on elsewhere the next time", async () => {
        const names = Array.from({ length: 20 }, (_, n) => `r${n}`);
        for (const name of names) registry.push(name, "v1", 1);
        const settings = probeSettingsFor(registry.url, { requestBudget: 30, blobs: "none", concurrency: 1 });
        const seen = new Set<string>();
        for (let run = 0; run < 6; run++) {
            registry.requests.length = 0;
            const { ledger, cost } = await runProbe(settings, run * 15 * 60_000);
            expect(ledger).to.include({ complete: false, ended: "the request budget is used up" });
            expect(cost.requests).to.be.at.most(30);
            for (const { route } of asked(/manifests\/v1/)) seen.add(route.split("/")[2] ?? "");
        }
        expect([...seen].sort()).to.deep.equal(names.sort());
    });

    it("shares the repositories among shards, each to exactly one", async () => {
        for (let n = 0; n < 20; n++) registry.push(`r${n}`, "v1", 1);
        const parts = [];
        for (const index of [0, 1, 2]) parts.push(await probe(registry.url, { shard: { index, count: 3 } }));
        expect(parts.every(({ complete }) => complete)).to.equal(true);
        expect(parts.reduce((sum, { counts }) => sum + counts.repositories, 0)).to.equal(20);
        expect(asked(/manifests\/v1/)).to.have.lengthOf(20);
    });

    it("looks at another part of the blobs each run, and at all of them in 23", async () => {
        for (let n = 0; n < 10; n++) registry.push("app", `v${n}`, 2);
        const settings = probeSettingsFor(registry.url, { blobs: "sample" });
        let total = 0;
        for (let run = 0; run < 23; run++) {
            const { ledger } = await runProbe(settings, run * 15 * 60_000);
            expect(ledger.counts.blobs).to.be.lessThan(20);
            total += ledger.counts.blobs;
        }
        expect(total).to.equal(40);
    });
});
