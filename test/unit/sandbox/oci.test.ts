import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import fc from "fast-check";
import { extract } from "tar-stream";
import { architectureOf, archiveOf, buildImage, type Entry, fullReference } from "../../../sandbox/lib/oci.js";

const digestOf = (content: Buffer) => `sha256:${createHash("sha256").update(content).digest("hex")}`;

async function listTar(tar: Buffer) {
    const reader = Readable.from([tar]).pipe(extract());
    const found: { name: string; type?: string | null; mode?: number; link?: string | null; content: Buffer }[] = [];
    for await (const entry of reader) {
        const { name, type, mode, linkname } = entry.header;
        found.push({ name, type, mode, link: linkname, content: await buffer(entry) });
    }
    return found;
}

const file = (path: string, text = path, mode = 0o755): Entry => ({
    kind: "file",
    path,
    content: Buffer.from(text),
    mode,
});

describe("buildImage", () => {
    const entries = [
        file("/usr/bin/app"),
        { kind: "directory", path: "/tmp", mode: 0o1777 },
        { kind: "link", path: "/bin/app", target: "/usr/bin/app" },
    ] as const satisfies Entry[];

    it("puts every directory before what it holds", async () => {
        const { layer } = await buildImage(entries, {}, "amd64");
        const listed = (await listTar(layer.content)).map(({ name, type, mode, link }) => [name, type, mode, link]);
        expect(listed).to.deep.equal([
            ["bin", "directory", 0o755, null],
            ["bin/app", "symlink", 0o644, "/usr/bin/app"],
            ["tmp", "directory", 0o1777, null],
            ["usr", "directory", 0o755, null],
            ["usr/bin", "directory", 0o755, null],
            ["usr/bin/app", "file", 0o755, null],
        ]);
    });

    it("gives equal bytes for equal files, in whatever order they come", () =>
        fc.assert(
            fc.asyncProperty(fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 8 }), async (names) => {
                const files = names.map((name) => file(`/opt/${name}`));
                const one = await buildImage(files, {}, "amd64");
                const other = await buildImage([...files].reverse(), {}, "amd64");
                expect(other.manifest.digest).to.equal(one.manifest.digest);
            }),
        ));

    it("describes each blob by its digest and size", async () => {
        const { manifest, config, layer } = await buildImage(entries, { entrypoint: ["/usr/bin/app"] }, "arm64");
        for (const blob of [manifest, config, layer]) expect(blob.digest).to.equal(digestOf(blob.content));
        const read = JSON.parse(manifest.content.toString());
        expect(read.config).to.include({ digest: config.digest, size: config.content.length });
        expect(read.layers[0]).to.include({ digest: layer.digest, size: layer.content.length });
        expect(JSON.parse(config.content.toString())).to.deep.include({
            architecture: "arm64",
            rootfs: { type: "layers", diff_ids: [layer.digest] },
        });
    });

    it("keeps paths longer than a tar header holds", async () => {
        const path = `/${"deep/".repeat(40)}file`;
        const { layer } = await buildImage([file(path)], {}, "amd64");
        expect((await listTar(layer.content)).at(-1)?.name).to.equal(path.slice(1));
    });
});

describe("archiveOf", () => {
    it("is an OCI layout whose index names the image", async () => {
        const image = await buildImage([file("/app")], {}, "amd64");
        const listed = await listTar(await archiveOf(image, ["localhost/app:1"]));
        const contents = new Map(listed.map(({ name, content }) => [name, content]));
        const index = JSON.parse(contents.get("index.json")?.toString() ?? "");
        expect(index.manifests).to.have.length(1);
        expect(index.manifests[0].digest).to.equal(image.manifest.digest);
        expect(index.manifests[0].annotations).to.deep.equal({ "io.containerd.image.name": "localhost/app:1" });
        for (const { digest, content } of [image.manifest, image.config, image.layer]) {
            expect(contents.get(`blobs/${digest.replace(":", "/")}`)).to.deep.equal(content);
        }
    });
});

describe("fullReference", () => {
    const digest = `sha256:${"ab".repeat(32)}`;
    for (const [reference, full] of [
        ["node", "docker.io/library/node:latest"],
        ["node:24-alpine", "docker.io/library/node:24-alpine"],
        [`node:24-alpine@${digest}`, `docker.io/library/node@${digest}`],
        ["acme/website:1a2b3c4d", "docker.io/acme/website:1a2b3c4d"],
        ["127.0.0.1:18500/acme/website:1a2b3c4d", "127.0.0.1:18500/acme/website:1a2b3c4d"],
        ["127.0.0.1:18500/website", "127.0.0.1:18500/website:latest"],
        ["localhost/sandbox/pause:1", "localhost/sandbox/pause:1"],
        [`ghcr.io/acme/tool@${digest}`, `ghcr.io/acme/tool@${digest}`],
    ] as const) {
        it(`of ${reference} is ${full}`, () => expect(fullReference(reference)).to.equal(full));
    }
});

describe("architectureOf", () => {
    it("speaks of processors as images do", () => {
        expect([architectureOf("x64"), architectureOf("arm64"), architectureOf("riscv64")]).to.deep.equal([
            "amd64",
            "arm64",
            "riscv64",
        ]);
    });
});
