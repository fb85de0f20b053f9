import type { ServerResponse } from "node:http";
import { expect } from "chai";
import type { Ledger } from "../../../../jobs/integrity-probe/ledger.js";
import { IMAGE, INDEX, json, MemoryRegistry } from "../../../support/memoryRegistry.js";
import { broken, probe } from "../../../support/probe.js";

const MANIFEST = /^GET .*\/manifests\/v1$/;
const BLOB = /^GET .*\/blobs\//;

/** Whatever a server does, the probe ends, and says neither "intact" nor "broken" of what it could not see. */
describe("the integrity probe against a server that misbehaves", () => {
    let registry: MemoryRegistry;

    beforeEach(async () => {
        registry = await MemoryRegistry.start();
        registry.push("team/app", "v1");
    });
    afterEach(() => registry.stop());

    function expectUntold(ledger: Ledger, cause: RegExp): void {
        expect(broken(ledger)).to.deep.equal([]);
        expect(ledger.complete).to.equal(false);
        expect([ledger.ended, ...ledger.troubles].join("\n")).to.match(cause);
    }
    const quick = { requestTimeoutMs: 150 };

    const catalogs: readonly [string, (response: ServerResponse) => void, RegExp][] = [
        ["garbage instead of JSON", (response) => json(response, 200, "<html>it works</html>"), /_catalog.*not JSON/],
        [
            "JSON of another shape",
            (response) => json(response, 200, { repositories: "all" }),
            /no list of repositories/,
        ],
        ["names that are no names", (response) => json(response, 200, { repositories: [1, {}] }), /no list/],
        ["null", (response) => json(response, 200, "null"), /no list of repositories/],
        ["a body without end", (response) => stream(response), /larger than|no complete answer/],
        ["no answer at all", () => {}, /no complete answer within/],
        ["a closed connection", (response) => void response.destroy(), /socket hang up|ECONNRESET/],
        ["half an answer", (response) => cutOff(response), /broke off/],
        ["a refused protocol upgrade", (response) => upgrade(response), /closed|socket hang up|Parse Error/],
        ["an answer that is no HTTP", (response) => void response.socket?.end("SSH-2.0-x\r\n"), /Parse Error/],
        ["throttling", (response) => json(response, 429, ""), /429 on every attempt/],
        ["a gateway's error", (response) => json(response, 502, ""), /502 on every attempt/],
        ["403", (response) => json(response, 403, ""), /403/],
        ["an unexpected status", (response) => json(response, 599, ""), /unexpected answer 599/],
        ["an endless redirect", (response) => redirect(response, "/v2/_catalog"), /more than 3 redirects/],
        ["a redirect to nowhere", (response) => redirect(response, "ftp://example.org/"), /no web address/],
    ];
    for (const [what, answer, cause] of catalogs) {
        it(`catalog: ${what}`, async () => {
            registry.instead(/_catalog/, (_, response) => answer(response));
            const ledger = await probe(registry.url, quick);
            expectUntold(ledger, cause);
            expect(ledger.catalogAccessible).to.equal(false);
        });
    }

    it("catalog: a Link that leads in a circle", async () => {
        registry.instead(/_catalog/, (request, response) => {
            response.setHeader("link", '</v2/_catalog?last=a&n=1000>; rel="next"');
            registry.answer(request, response);
        });
        expectUntold(await probe(registry.url), /leads in a circle/);
    });

    it("catalog: a Link to another server is not followed", async () => {
        registry.instead(/_catalog/, (request, response) => {
            response.setHeader("link", '<http://127.0.0.1:1/v2/_catalog?last=a>; rel="next"');
            registry.answer(request, response);
        });
        const ledger = await probe(registry.url);
        expectUntold(ledger, /leads away, to http:\/\/127.0.0.1:1/);
        expect(ledger.counts.tags, "what was listed is checked all the same").to.equal(1);
    });

    it("something in front of the registry that says 200 to everything", async () => {
        registry.instead(/./, (_, response) => {
            response.removeHeader("docker-distribution-api-version");
            response.end("ok");
        });
        expectUntold(await probe(registry.url), /is not a registry/);
    });

    for (const status of [200, 404, 416, 500]) {
        it(`a proxy's own ${status} for a manifest and a blob is not the registry's word`, async () => {
            registry.instead(new RegExp(`${MANIFEST.source}|${BLOB.source}`), (_, response) => {
                response.removeHeader("docker-distribution-api-version");
                json(response, status, "ok");
            });
            expectUntold(await probe(registry.url), /in front of the registry|unexpected/);
        });
    }

    const phases: readonly [string, RegExp][] = [
        ["the list of tags", /^GET .*\/tags\/list/],
        ["an index", MANIFEST],
        ["a child", /^GET .*\/manifests\/sha256:/],
        ["a config or layer", BLOB],
    ];
    for (const [what, pattern] of phases) {
        it(`a connection that is cut before ${what}, or once inside of it`, async () => {
            registry.instead(pattern, (_, response) => void response.destroy());
            expectUntold(await probe(registry.url, quick), /socket hang up|ECONNRESET/);
            await registry.stop();
            registry = await MemoryRegistry.start();
            registry.push("team/app", "v1");
            registry.instead(pattern, (_, response) => cutOff(response), 1);
            const ledger = await probe(registry.url, quick);
            expect([broken(ledger), ledger.complete]).to.deep.equal([[], true]);
        });

        it(`a connection that is cut inside of ${what} each time is never taken for intact`, async () => {
            registry.instead(pattern, (_, response) => cutOff(response));
            const ledger = await probe(registry.url, quick);
            // A registry with a file that is too short sends just this.
            expect(broken(ledger).length > 0 || !ledger.complete).to.equal(true);
        });
    }

    it("a manifest of five gigabytes, a blob that never ends, one that drips", async () => {
        const image = registry.push("team/app", "v2");
        registry.instead(MANIFEST, (_, response) => stream(response));
        registry.instead(new RegExp(`blobs/${image.layers[0]?.digest}`), (_, response) => drip(response));
        expectUntold(await probe(registry.url, { requestTimeoutMs: 1000 }), /larger than a manifest can be/);
    });

    it("a tag whose manifest is garbage is an invalid manifest, not a crash", async () => {
        for (const [tag, body] of Object.entries({
            empty: "{}",
            list: "[]",
            text: "hello",
            nul: "null",
            digest: { schemaVersion: 2, manifests: [{ mediaType: IMAGE, digest: "sha256:xyz", size: 1 }] },
            size: { schemaVersion: 2, config: { digest: `sha256:${"a".repeat(64)}`, size: -1 }, layers: [] },
            layers: { schemaVersion: 2, config: null, layers: "none" },
        })) {
            registry.tag("team/app", tag, registry.put(INDEX.replace("index", "manifest"), body).digest);
        }
        const { findings, complete } = await probe(registry.url);
        expect(findings.map(({ tag, class: kind }) => `${tag} ${kind}`).sort()).to.deep.equal(
            ["digest", "empty", "layers", "list", "nul", "size", "text"].map((tag) => `${tag} invalid_manifest`),
        );
        expect(complete).to.equal(true);
    });

    it("an announced digest that is none is a mismatch", async () => {
        registry.instead(MANIFEST, (_, response) => {
            response.setHeader("docker-content-digest", "nonsense");
            json(response, 200, "{}");
        });
        expect(broken(await probe(registry.url))).to.deep.equal(["team/app:v1  digest_mismatch"]);
    });

    it("indexes nested without end are followed so far and no further", async () => {
        let inner = registry.push("team/app", "v1").index;
        for (let depth = 0; depth < 12; depth++) inner = registry.put(INDEX, { schemaVersion: 2, manifests: [inner] });
        registry.tag("team/app", "deep", inner.digest);
        expectUntold(await probe(registry.url), /nested deeper than 8/);
    });

    it("repository names with every legal character, and some that are not", async () => {
        const names = ["a", "a__b", "a-b", "a.b/c_d/e--f", "0/1", "x".repeat(200)];
        for (const name of names) registry.push(name, "V_1.0-x", 1);
        const sound = await probe(registry.url);
        expect(sound.complete, sound.troubles.join()).to.equal(true);
        expect(sound.counts.repositories).to.equal(1 + names.length);
        for (const name of ["..", "a/../b", "a//b", ""]) registry.push(name, "v1", 1);
        expectUntold(await probe(registry.url), /not a name that can be asked for/);
    });

    it("gives up when nothing answers any more, before the deadline", async () => {
        for (let n = 0; n < 100; n++) registry.push(`app/n${n}`, "v1", 1);
        registry.instead(/manifests|tags/, (_, response) => json(response, 503, ""));
        const ledger = await probe(registry.url);
        expectUntold(ledger, /25 requests in a row got no usable answer/);
    });

    it("ends at its deadline when every answer is slow", async () => {
        for (let n = 0; n < 50; n++) registry.push(`app/n${n}`, "v1", 1);
        registry.instead(
            /manifests/,
            (request, response) => void setTimeout(() => registry.answer(request, response), 100),
        );
        const started = performance.now();
        const ledger = await probe(registry.url, { deadlineSeconds: 1 });
        expect(performance.now() - started).to.be.lessThan(1500);
        expectUntold(ledger, /deadline/);
    });

    it("a registry that is not there", async () => {
        const { url } = registry;
        await registry.stop();
        const ledger = await probe(url, quick);
        expectUntold(ledger, /ECONNREFUSED/);
        registry = await MemoryRegistry.start();
    });
});

function redirect(response: ServerResponse, location: string): void {
    response.writeHead(307, { location }).end();
}

function cutOff(response: ServerResponse): void {
    response.writeHead(200, { "content-length": "1000" });
    response.write("{");
    setImmediate(() => response.destroy());
}

function upgrade(response: ServerResponse): void {
    response.socket?.end("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n");
}

/** As fast as the client takes it, five gigabytes. */
function stream(response: ServerResponse): void {
    const chunk = Buffer.alloc(1 << 20, 0x20);
    let left = 5 << 10;
    const more = () => {
        while (left-- > 0 && !response.destroyed) if (!response.write(chunk)) return void response.once("drain", more);
        if (!response.destroyed) response.end();
    };
    more();
}

function drip(response: ServerResponse): void {
    response.writeHead(206, { "content-length": "1000000" });
    const timer = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(timer));
}
