/** Container images as data: equal input gives equal bytes, and so equal digests. */

import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

/** One entry of an image's file system; `path` is absolute. Directories above an entry come by themselves (mode 755). */
export type Entry =
    | { readonly kind: "file"; readonly path: string; readonly content: Buffer; readonly mode: number }
    | { readonly kind: "directory"; readonly path: string; readonly mode: number }
    | { readonly kind: "link"; readonly path: string; readonly target: string };

/** What a container of the image runs when its pod does not say. */
export interface ImageSettings {
    readonly entrypoint?: readonly string[];
    readonly command?: readonly string[];
    /** As `NAME=value`. */
    readonly environment?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
}

export interface Blob {
    readonly mediaType: string;
    /** For example `sha256:9f86…`. */
    readonly digest: string;
    readonly content: Buffer;
}

/** One platform, one layer. */
export interface Image {
    readonly manifest: Blob;
    readonly config: Blob;
    readonly layer: Blob;
}

const mediaTypes = {
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar",
    index: "application/vnd.oci.image.index.v1+json",
} as const;

/** The processor as images name it: Go's names, not Node's. */
export function architectureOf(nodeArchitecture: string): string {
    return { x64: "amd64", arm64: "arm64" }[nodeArchitecture] ?? nodeArchitecture;
}

/**
 * Makes an image out of files.
 *
 * @param architecture as images name it, for example `amd64`
 */
export async function buildImage(
    entries: readonly Entry[],
    settings: ImageSettings,
    architecture: string,
): Promise<Image> {
    const layer = blob(mediaTypes.layer, await tar(withParents(entries)));
    const config = jsonBlob(mediaTypes.config, {
        architecture,
        os: "linux",
        config: {
            Env: settings.environment ?? [],
            Entrypoint: settings.entrypoint,
            Cmd: settings.command,
            Labels: settings.labels,
        },
        // The layer is not compressed, so that its two digests are one.
        rootfs: { type: "layers", diff_ids: [layer.digest] },
    });
    const manifest = jsonBlob(mediaTypes.manifest, {
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: descriptor(config),
        layers: [descriptor(layer)],
    });
    return { manifest, config, layer };
}

/**
 * The image as an OCI layout in one tar file, the form `ctr images import` takes.
 *
 * @param names full references under which the image is imported, for example `docker.io/library/node:24-alpine`
 */
export async function archiveOf(image: Image, names: readonly string[]): Promise<Buffer> {
    const index = {
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        manifests: names.map((name) => ({
            ...descriptor(image.manifest),
            annotations: { "io.containerd.image.name": name },
        })),
    };
    const blobs = [image.manifest, image.config, image.layer];
    return await tar([
        file("/oci-layout", { imageLayoutVersion: "1.0.0" }),
        file("/index.json", index),
        ...blobs.map((each) => ({
            kind: "file" as const,
            path: `/blobs/${each.digest.replace(":", "/")}`,
            content: each.content,
            mode: 0o644,
        })),
    ]);
}

/**
 * A reference as containerd stores it: with a registry, `library/` for Docker Hub's own images, and without a tag when a
 * digest is given. For example `node:24@sha256:ab…` is `docker.io/library/node@sha256:ab…`.
 */
export function fullReference(reference: string): string {
    const [named = "", digest] = reference.split("@", 2);
    const slash = named.indexOf("/");
    const first = named.slice(0, Math.max(slash, 0));
    const hasRegistry = /[.:]/.test(first) || first === "localhost";
    const path = hasRegistry ? named : `docker.io/${slash === -1 ? "library/" : ""}${named}`;
    const [, name = path, tag] = path.match(/^(.*\/[^/:]+)(?::([^/:]+))?$/) ?? [];
    return digest === undefined ? `${name}:${tag ?? "latest"}` : `${name}@${digest}`;
}

function file(path: string, document: unknown): Entry {
    return { kind: "file", path, content: Buffer.from(JSON.stringify(document)), mode: 0o644 };
}

function blob(mediaType: string, content: Buffer): Blob {
    return { mediaType, digest: `sha256:${createHash("sha256").update(content).digest("hex")}`, content };
}

function jsonBlob(mediaType: string, document: unknown): Blob {
    return blob(mediaType, Buffer.from(JSON.stringify(document)));
}

function descriptor({ mediaType, digest, content }: Blob) {
    return { mediaType, digest, size: content.length };
}

/** Sorted by path, each path once, every directory before what it holds. */
function withParents(entries: readonly Entry[]): Entry[] {
    const byPath = new Map<string, Entry>();
    for (const entry of entries) {
        const parts = entry.path.split("/").slice(1, -1);
        for (let depth = 1; depth <= parts.length; depth++) {
            const path = `/${parts.slice(0, depth).join("/")}`;
            if (!byPath.has(path)) byPath.set(path, { kind: "directory", path, mode: 0o755 });
        }
        byPath.set(entry.path, entry);
    }
    return [...byPath.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
}

async function tar(entries: readonly Entry[]): Promise<Buffer> {
    const archive = pack();
    const collected = buffer(archive);
    for (const entry of entries) {
        const header = { name: entry.path.slice(1), uid: 0, gid: 0, mtime: new Date(0) };
        if (entry.kind === "file") archive.entry({ ...header, mode: entry.mode }, entry.content);
        else if (entry.kind === "link") archive.entry({ ...header, type: "symlink", linkname: entry.target });
        else archive.entry({ ...header, type: "directory", mode: entry.mode });
    }
    archive.finalize();
    return await collected;
}
