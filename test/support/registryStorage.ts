import { createHash } from "node:crypto";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Stored {
    readonly mediaType: string;
    readonly digest: string;
    readonly size: number;
}

export interface StoredImage extends Stored {
    readonly config: Stored;
    readonly layer: Stored;
    readonly platform: { readonly os: string; readonly architecture: string };
}

export interface StoredIndex extends Stored {
    readonly repository: string;
    readonly tag: string;
    readonly amd64: StoredImage;
    readonly arm64: StoredImage;
    readonly attestation: StoredImage;
}

const OCI = "application/vnd.oci.image";

/**
 * The storage directory of a registry, written in the layout of distribution 2 and 3, so that images are there at
 * once and can be damaged under a running registry.
 */
export class RegistryStorage {
    readonly #root: string;

    constructor(directory: string) {
        this.#root = join(directory, "docker/registry/v2");
    }

    /** A tagged index of linux/amd64, linux/arm64 and a BuildKit attestation, one config and one layer each. */
    addIndex(repository: string, tag: string, { mediaType = true } = {}): StoredIndex {
        const [amd64, arm64, attestation] = (["amd64", "arm64", "unknown"] as const).map((architecture) =>
            this.addImage(repository, `${tag} ${architecture}`, architecture),
        ) as [StoredImage, StoredImage, StoredImage];
        const manifests = [amd64, arm64, attestation].map(describe);
        const index = this.addManifest(repository, `${OCI}.index.v1+json`, { manifests }, mediaType);
        this.tag(repository, tag, index.digest);
        return { ...index, repository, tag, amd64, arm64, attestation };
    }

    addImage(repository: string, seed: string, architecture = "amd64"): StoredImage {
        const os = architecture === "unknown" ? "unknown" : "linux";
        const layer = this.addBlob(
            repository,
            `${OCI}.layer.v1.tar+gzip`,
            `layer ${repository} ${seed} ${"x".repeat(300)}`,
        );
        const config = this.addBlob(repository, `${OCI}.config.v1+json`, JSON.stringify({ os, architecture, seed }));
        const image = this.addManifest(repository, `${OCI}.manifest.v1+json`, { config, layers: [layer] });
        return { ...image, config, layer, platform: { os, architecture } };
    }

    addBlob(repository: string, mediaType: string, content: string): Stored {
        const { digest, size } = this.#put(content);
        this.#link(join(this.#repository(repository), "_layers", hashed(digest), "link"), digest);
        return { mediaType, digest, size };
    }

    addManifest(repository: string, mediaType: string, body: object, withMediaType = true): Stored {
        const text = JSON.stringify({ schemaVersion: 2, ...(withMediaType && { mediaType }), ...body });
        const { digest, size } = this.#put(text);
        this.#link(this.revisionLink(repository, digest), digest);
        return { mediaType, digest, size };
    }

    tag(repository: string, tag: string, digest: string): void {
        this.#link(this.tagLink(repository, tag), digest);
        this.#link(join(dirname(dirname(this.tagLink(repository, tag))), "index", hashed(digest), "link"), digest);
    }

    /** A repository without tags. */
    addRepository(repository: string): void {
        this.addBlob(repository, `${OCI}.layer.v1.tar+gzip`, "a layer of no image");
        mkdirSync(dirname(dirname(dirname(this.tagLink(repository, "none")))), { recursive: true });
    }

    removeRepository(repository: string): void {
        rmSync(this.#repository(repository), { recursive: true, force: true });
    }

    /** File that holds a manifest's or blob's bytes. */
    data(digest: string): string {
        const [algorithm = "", hex = ""] = digest.split(":");
        return join(this.#root, "blobs", algorithm, hex.slice(0, 2), hex, "data");
    }

    revisionLink(repository: string, digest: string): string {
        return join(this.#repository(repository), "_manifests/revisions", hashed(digest), "link");
    }

    layerLink(repository: string, digest: string): string {
        return join(this.#repository(repository), "_layers", hashed(digest), "link");
    }

    tagLink(repository: string, tag: string): string {
        return join(this.#repository(repository), "_manifests/tags", tag, "current/link");
    }

    remove(file: string): void {
        rmSync(file);
    }

    empty(file: string): void {
        truncateSync(file, 0);
    }

    #repository(repository: string): string {
        return join(this.#root, "repositories", repository);
    }

    #put(content: string): { digest: string; size: number } {
        const bytes = Buffer.from(content);
        const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
        write(this.data(digest), bytes);
        return { digest, size: bytes.length };
    }

    #link(file: string, digest: string): void {
        write(file, digest);
    }
}

function describe({ mediaType, digest, size, platform }: StoredImage): object {
    const attestation = platform.os === "unknown";
    return {
        mediaType,
        digest,
        size,
        platform,
        ...(attestation && { annotations: { "vnd.docker.reference.type": "attestation-manifest" } }),
    };
}

function hashed(digest: string): string {
    return digest.replace(":", "/");
}

function write(file: string, content: string | Buffer): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
}
