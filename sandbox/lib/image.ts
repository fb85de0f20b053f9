/** Images made from files of this machine, and their way into a registry. */

import { execFile } from "node:child_process";
import { readFile, realpath, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { UserError } from "./errors.js";
import { architectureOf, type Blob, buildImage, type Entry, type Image, type ImageSettings } from "./oci.js";

const run = promisify(execFile);

/** A file to take into an image; `path` is where it lies there, by default where it lies here. */
export interface HostFile {
    readonly source: string;
    readonly path?: string;
}

/** A small file system around the files: users, a certificate bundle, `/tmp`. */
export async function imageOfHostFiles(files: readonly HostFile[], settings: ImageSettings): Promise<Image> {
    const entries: Entry[] = [
        { kind: "directory", path: "/tmp", mode: 0o1777 },
        text("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/tmp:/bin/sh\n"),
        text("/etc/group", "root:x:0:\nnogroup:x:65534:\n"),
        text("/etc/nsswitch.conf", "hosts: files dns\n"),
        ...(await Promise.all(files.map(readEntry))),
    ];
    return await buildImage(entries, settings, architectureOf(process.arch));
}

/** The program and the shared libraries it is linked with; none for a static program. */
export async function withLibraries(program: HostFile): Promise<HostFile[]> {
    const libraries = await run("ldd", [program.source]).then(
        ({ stdout }) => parseLdd(stdout),
        () => [],
    );
    return [program, ...libraries.map((source) => ({ source }))];
}

/** Absolute paths in the output of `ldd`, the loader among them. */
export function parseLdd(output: string): string[] {
    return output.split("\n").flatMap((line) => line.match(/(?:=>\s+|^\s*)(\/\S+)\s+\(0x/)?.[1] ?? []);
}

/**
 * The image of an application in the sandbox: it stays up, and answers on `127.0.0.1:$PORT` when PORT is set.
 *
 * @param program the static program `app`
 * @param title the application's name; with the revision it makes every build another image
 * @param revision for example the 8 characters of the tag
 */
export async function buildAppImage(program: string, title: string, revision: string): Promise<Image> {
    return await imageOfHostFiles([{ source: program, path: "/app" }], {
        entrypoint: ["/app"],
        environment: [`APP_REVISION=${revision}`],
        labels: { "org.opencontainers.image.revision": revision, "org.opencontainers.image.title": title },
    });
}

/**
 * Pushes an image to a registry that asks for no credentials.
 *
 * @param registryUrl for example `http://127.0.0.1:18500`
 * @param repository for example `acme/website`
 * @returns the digest of the manifest, for example `sha256:9f86…`
 */
export async function pushImage(registryUrl: string, repository: string, tag: string, image: Image): Promise<string> {
    const base = new URL(`/v2/${repository}/`, registryUrl);
    for (const blob of [image.layer, image.config]) await pushBlob(base, blob);
    await request(new URL(`manifests/${tag}`, base), "PUT", image.manifest);
    return image.manifest.digest;
}

async function pushBlob(base: URL, blob: Blob): Promise<void> {
    const known = await fetch(new URL(`blobs/${blob.digest}`, base), { method: "HEAD" });
    if (known.ok) return;
    const started = await request(new URL("blobs/uploads/", base), "POST");
    const upload = new URL(started.headers.get("location") ?? "", base);
    upload.searchParams.set("digest", blob.digest);
    await request(upload, "PUT", { ...blob, mediaType: "application/octet-stream" });
}

async function request(url: URL, method: string, blob?: Blob): Promise<Response> {
    const response = await fetch(url, {
        method,
        ...(blob && { body: new Uint8Array(blob.content), headers: { "content-type": blob.mediaType } }),
    });
    if (response.ok) return response;
    throw new UserError(
        `The registry answered ${response.status} to ${method} ${url.origin}${url.pathname}: ${await response.text()}`,
    );
}

function text(path: string, content: string): Entry {
    return { kind: "file", path, content: Buffer.from(content), mode: 0o644 };
}

async function readEntry({ source, path = source }: HostFile): Promise<Entry> {
    const file = await realpath(source);
    const [content, { mode }] = await Promise.all([readFile(file), stat(file)]);
    return { kind: "file", path, content, mode: mode & 0o777 };
}
