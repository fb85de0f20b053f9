import type { RegistryClient } from "../lib/registry/client.js";
import { encodePath } from "../lib/registry/listing.js";
import { MANIFEST_TYPES } from "../lib/registry/manifest.js";
import type { Failure } from "./finding.js";
import { type Expectation, judgeBlob, judgeManifest, type ManifestVerdict } from "./judge.js";

/** No registry takes a larger one. */
const MAX_MANIFEST_BYTES = 4 << 20;
/** As much is read of a blob where the registry cannot send its last byte alone. */
const MAX_BLOB_BYTES = 16 << 20;
const ACCEPT = MANIFEST_TYPES.join(", ");

/**
 * Reads a manifest by tag or digest and judges it.
 *
 * Never with If-None-Match: the registry answers 304 to that before it looks whether the manifest is there.
 */
export async function readManifest(
    client: RegistryClient,
    repository: string,
    reference: string,
    expected: Expectation,
): Promise<ManifestVerdict> {
    const path = `${encodePath(repository)}/manifests/${encodeURIComponent(reference).replace("%3A", ":")}`;
    return judgeManifest(await client.ask({ path, accept: ACCEPT, maxBytes: MAX_MANIFEST_BYTES }), expected);
}

/** The digest a tag leads to now: `gone`, or unknown where the registry does not say. */
export async function resolveTag(
    client: RegistryClient,
    repository: string,
    tag: string,
): Promise<{ digest: string | undefined } | "gone"> {
    const path = `${encodePath(repository)}/manifests/${encodeURIComponent(tag).replace("%3A", ":")}`;
    const reply = await client.ask({ path, accept: ACCEPT, method: "HEAD" });
    if (reply.status !== 200) return "gone";
    const digest = reply.headers["docker-content-digest"];
    return { digest: typeof digest === "string" ? digest : undefined };
}

/** Checks that a blob is there to its last byte. @returns the failure, or nothing for a sound blob */
export async function checkBlob(
    client: RegistryClient,
    repository: string,
    digest: string,
    size: number,
): Promise<Failure | undefined> {
    const path = `${encodePath(repository)}/blobs/${digest}`;
    if (size === 0) return judgeBlob(await client.ask({ path, method: "HEAD" }), 0);
    const range = `bytes=${size - 1}-${size - 1}`;
    return judgeBlob(await client.ask({ path, range, maxBytes: MAX_BLOB_BYTES, sink: () => {} }), size);
}
