import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as docker from "@pulumi/docker";
import { expect } from "chai";
import { Engine } from "./engine.js";

const digest = `sha256:${"ab".repeat(32)}`;

describe("docker plugin", function () {
    this.timeout(180_000);
    let registry: Server;
    let host: string;
    const lookup = (tag: string) => async () => {
        // Without a Docker daemon: only the registry is asked.
        const provider = new docker.Provider("docker", { disableDockerDaemonCheck: true } as docker.ProviderArgs);
        const name = `${host}/acme/website:${tag}`;
        return { digest: docker.getRegistryImageOutput({ name }, { provider }).sha256Digest };
    };

    before(async () => {
        registry = createServer((request, response) => {
            if (request.url === "/v2/") {
                response.writeHead(200).end();
            } else if (request.url === "/v2/acme/website/manifests/0123abcd") {
                response
                    .writeHead(200, {
                        "docker-content-digest": digest,
                        "content-type": "application/vnd.oci.image.manifest.v1+json",
                    })
                    .end();
            } else {
                response.writeHead(404, { "content-type": "application/json" }).end('{"errors":[]}');
            }
        });
        await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
        host = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
    });
    after(() => registry.close());

    it("finds the digest of a tag", async () => {
        const engine = await Engine.start(lookup("0123abcd"));
        try {
            const { exitCode, outputs, text } = await engine.up();
            expect(exitCode, text).to.equal(0);
            expect(outputs.digest).to.equal(digest);
        } finally {
            await engine.stop();
        }
    });

    it("fails for a tag that is not there, in the preview already", async () => {
        const engine = await Engine.start(lookup("ffffffff"));
        try {
            const { exitCode } = await engine.preview().catch((error: unknown) => ({ exitCode: 1, error }));
            expect(exitCode).to.equal(1);
        } finally {
            await engine.stop();
        }
    });
});
