import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { UserError } from "../../../sandbox/lib/errors.js";
import { imageOfHostFiles, parseLdd, pushImage } from "../../../sandbox/lib/image.js";

describe("parseLdd", () => {
    it("finds libraries and the loader, not the kernel's page", () => {
        const output = [
            "\tlinux-vdso.so.1 (0x00007ffd5a5f2000)",
            "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f1c2a000000)",
            "\t/lib64/ld-linux-x86-64.so.2 (0x00007f1c2a300000)",
            "",
        ].join("\n");
        expect(parseLdd(output)).to.deep.equal(["/lib/x86_64-linux-gnu/libm.so.6", "/lib64/ld-linux-x86-64.so.2"]);
    });

    it("finds nothing for a static program", () => {
        expect(parseLdd("\tnot a dynamic executable\n")).to.deep.equal([]);
    });
});

describe("pushImage", () => {
    let server: Server;
    let url = "";
    let stored: Map<string, Buffer>;
    const requests: string[] = [];
    let refusal: number | undefined;

    before((done) => {
        server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1", () => {
            url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
            done();
        });
    });
    after((done) => {
        server.close(done);
        server.closeAllConnections();
    });
    beforeEach(() => {
        stored = new Map();
        requests.length = 0;
        refusal = undefined;
    });

    /** As much of a registry as a push sees. */
    async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const { pathname, searchParams } = new URL(request.url ?? "", url);
        const body = await buffer(request);
        requests.push(`${request.method} ${pathname}`);
        if (refusal !== undefined) response.writeHead(refusal).end("no room");
        else if (request.method === "HEAD") response.writeHead(stored.has(pathname) ? 200 : 404).end();
        else if (request.method === "POST") response.writeHead(202, { location: `${pathname}7?state=x` }).end();
        else {
            const digest = searchParams.get("digest");
            if (digest !== null) expect(searchParams.get("state"), "what the registry asked for").to.equal("x");
            stored.set(digest === null ? pathname : `/v2/acme/web/blobs/${digest}`, body);
            response.writeHead(201).end();
        }
    }
    const image = () => imageOfHostFiles([], { labels: { version: "1" } });

    it("stores the layer, the configuration and then the manifest", async () => {
        const built = await image();
        expect(await pushImage(url, "acme/web", "1a2b3c4d", built)).to.equal(built.manifest.digest);
        expect(stored.get("/v2/acme/web/manifests/1a2b3c4d")).to.deep.equal(built.manifest.content);
        for (const { digest, content } of [built.layer, built.config]) {
            expect(stored.get(`/v2/acme/web/blobs/${digest}`)).to.deep.equal(content);
        }
        expect(requests.at(-1)).to.equal("PUT /v2/acme/web/manifests/1a2b3c4d");
    });

    it("uploads no blob twice", async () => {
        await pushImage(url, "acme/web", "1a2b3c4d", await image());
        requests.length = 0;
        await pushImage(url, "acme/web", "5e6f7a8b", await image());
        expect(requests.filter((line) => line.startsWith("POST"))).to.deep.equal([]);
    });

    it("says what the registry answered", async () => {
        refusal = 507;
        try {
            await pushImage(url, "acme/web", "1a2b3c4d", await image());
            expect.fail("the push went through");
        } catch (error) {
            expect(error).to.be.instanceOf(UserError);
            expect((error as Error).message)
                .to.contain("507")
                .and.to.contain("/v2/acme/web/")
                .and.to.contain("no room");
        }
    });
});
