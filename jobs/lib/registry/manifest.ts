import { isDigest } from "./digest.js";

/** Every form a manifest may be stored in; a registry asked for fewer answers 404 for what it does have. */
export const MANIFEST_TYPES: readonly string[] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/** What a manifest says about something it points to. */
export interface Descriptor {
    readonly digest: string;
    /** Bytes. */
    readonly size: number;
    /** `linux/arm64`, `attestation`, or empty where the manifest does not say. */
    readonly platform: string;
}

/** The part of a manifest that can be followed: other manifests, and blobs. */
export interface Manifest {
    readonly kind: "index" | "image" | "schema1";
    readonly children: readonly Descriptor[];
    readonly blobs: readonly Descriptor[];
}

/** Bytes that are stored under the right digest and still are no manifest. */
export class InvalidManifest extends Error {
    override readonly name = "InvalidManifest";
}

interface RawDescriptor {
    readonly mediaType?: unknown;
    readonly digest?: unknown;
    readonly size?: unknown;
    readonly urls?: unknown;
    readonly platform?: { readonly os?: unknown; readonly architecture?: unknown; readonly variant?: unknown };
    readonly annotations?: Readonly<Record<string, unknown>>;
}

/**
 * Reads a manifest of any form. An index is known by its `manifests` or its content type: its own `mediaType` field
 * may legally be missing.
 *
 * Descriptors with `urls` are left out: their content lives elsewhere by design. An entry of an index whose media
 * type is that of a layer or a config counts as a blob; BuildKit writes such indexes for its build cache.
 *
 * @throws InvalidManifest
 */
export function parseManifest(body: Buffer, contentType = ""): Manifest {
    const document = parseObject(body);
    if (Array.isArray(document.manifests) || /image\.index|manifest\.list/.test(contentType)) {
        const entries = descriptors(document.manifests, "manifests");
        return {
            kind: "index",
            children: entries.filter(isManifestEntry).map(toDescriptor),
            blobs: entries.filter((entry) => !isManifestEntry(entry)).map(toDescriptor),
        };
    }
    if (document.schemaVersion === 1) return { kind: "schema1", children: [], blobs: [] };
    const blobs = [
        ...(document.config === undefined ? [] : descriptors([document.config], "config")),
        ...descriptors(document.layers ?? document.blobs ?? [], "layers"),
    ];
    if (document.config === undefined && document.layers === undefined && document.blobs === undefined) {
        throw new InvalidManifest("it has neither manifests nor config nor layers");
    }
    return { kind: "image", children: [], blobs: blobs.map(toDescriptor) };
}

function parseObject(body: Buffer): Readonly<Record<string, unknown>> {
    let document: unknown;
    try {
        document = JSON.parse(body.toString("utf8"));
    } catch {
        throw new InvalidManifest("it is not JSON");
    }
    if (typeof document !== "object" || document === null || Array.isArray(document)) {
        throw new InvalidManifest("it is not a JSON object");
    }
    return document as Record<string, unknown>;
}

function descriptors(list: unknown, field: string): RawDescriptor[] {
    if (!Array.isArray(list)) throw new InvalidManifest(`its ${field} is not a list`);
    for (const entry of list as (RawDescriptor | null)[]) {
        if (!isDigest(entry?.digest)) throw new InvalidManifest(`its ${field} has ${show(entry?.digest)} for a digest`);
        if (!Number.isSafeInteger(entry.size) || (entry.size as number) < 0) {
            throw new InvalidManifest(`its ${field} has ${show(entry.size)} for a size`);
        }
    }
    return (list as RawDescriptor[]).filter(({ urls }) => !Array.isArray(urls) || urls.length === 0);
}

function isManifestEntry({ mediaType }: RawDescriptor): boolean {
    return !/\.layer\.|\.rootfs\.|image\.config|container\.image\.v1|cacheconfig/.test(String(mediaType ?? ""));
}

function toDescriptor(raw: RawDescriptor): Descriptor {
    return { digest: raw.digest as string, size: raw.size as number, platform: platformOf(raw) };
}

function platformOf({ platform, annotations }: RawDescriptor): string {
    if (annotations?.["vnd.docker.reference.type"] === "attestation-manifest") return "attestation";
    const parts = [platform?.os, platform?.architecture, platform?.variant];
    return parts.filter((part) => typeof part === "string" && part !== "").join("/");
}

function show(value: unknown): string {
    return (JSON.stringify(value) ?? "nothing").slice(0, 100);
}
