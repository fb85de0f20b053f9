import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A registry of made-up content, to see how a walk's memory grows: 1000 tags a repository, each an index of three
 * manifests. Prints its address; ends with its parent's signal.
 *
 * usage: syntheticRegistry.ts <tags>
 */
const TAGS_PER_REPOSITORY = 1000;
const total = Number(process.argv[2]);
const names = Array.from({ length: Math.ceil(total / TAGS_PER_REPOSITORY) }, (_, n) => `team/app${n}`);
const tags = Array.from({ length: Math.min(total, TAGS_PER_REPOSITORY) }, (_, n) => `v${n}`);
/** Manifests by digest; the index of a tag is asked for first, which puts its children here. */
const children = new Map<string, string>();

const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const blob = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digestOf("{}"), size: 2 };

function child(repository: string, tag: string, architecture: string) {
    const annotations = { image: `${repository}:${tag}`, architecture };
    const text = JSON.stringify({ schemaVersion: 2, config: blob, layers: [blob], annotations });
    const digest = digestOf(text);
    children.set(digest, text);
    return {
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest,
        size: text.length,
        platform: { os: "linux", architecture },
    };
}

function answer(path: string): string | undefined {
    const [, repository = "", kind, reference = ""] = /^\/v2\/(.+)\/(manifests|tags)\/([^/]+)$/.exec(path) ?? [];
    if (path === "/v2/") return "{}";
    if (path === "/v2/_catalog") return JSON.stringify({ repositories: names });
    if (kind === "tags") return JSON.stringify({ tags });
    if (kind === undefined || reference.startsWith("sha256:")) {
        const text = children.get(reference);
        children.delete(reference);
        return text;
    }
    const manifests = ["amd64", "arm64", "unknown"].map((architecture) => child(repository, reference, architecture));
    return JSON.stringify({ schemaVersion: 2, manifests });
}

const server = createServer((request, response) => {
    const body = answer(decodeURIComponent(request.url?.split("?")[0] ?? ""));
    response.setHeader("docker-distribution-api-version", "registry/2.0");
    if (body !== undefined) response.setHeader("docker-content-digest", digestOf(body));
    response.statusCode = body === undefined ? 404 : 200;
    response.end(body);
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
