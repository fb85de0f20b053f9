import { ProbeError, type RegistryReply } from "../lib/registry/client.js";
import { digestOf } from "../lib/registry/digest.js";
import { InvalidManifest, type Manifest, parseManifest } from "../lib/registry/manifest.js";
import type { Failure, FailureClass } from "./finding.js";

export type ManifestVerdict = { readonly manifest: Manifest; readonly digest: string } | { readonly failure: Failure };

/** What is known of a manifest before it is read; nothing for a tag. */
export interface Expectation {
    readonly digest?: string;
    readonly size?: number;
    /** Class of a 404. */
    readonly missing: FailureClass;
}

/**
 * Tells a sound manifest from a broken one.
 *
 * @throws ProbeError when the answer proves nothing: a mismatch in what a proxy sent is not the registry's failure
 */
export function judgeManifest(reply: RegistryReply, expected: Expectation): ManifestVerdict {
    const { status, body } = reply;
    const announced = reply.headers["docker-content-digest"];
    const wanted = expected.digest ?? (typeof announced === "string" ? announced : undefined);
    if (status === 404) return broken(reply, expected.missing, "404, the registry does not have it");
    if (status === 500) return broken(reply, "unreadable", "500, the registry finds it and cannot read it");
    if (reply.cut) return broken(reply, "unreadable", "the registry announces it and breaks off");
    if (reply.oversized) throw new ProbeError("the manifest is larger than a manifest can be");
    if (status !== 200) throw new ProbeError(`unexpected answer ${status}`);

    const actual = digestOf(body, wanted);
    const schema1 = String(reply.headers["content-type"]).includes("docker.distribution.manifest.v1+");
    // the digest of schema 1 is taken before it is signed and cannot be taken from what is sent
    if (!schema1 && wanted !== undefined && actual !== wanted) {
        return broken(reply, "digest_mismatch", `its ${body.length} bytes have the digest ${actual}`);
    }
    if (expected.size !== undefined && body.length !== expected.size) {
        return broken(reply, "size_mismatch", `${body.length} bytes instead of ${expected.size}`);
    }
    try {
        const contentType = reply.headers["content-type"];
        return { manifest: parseManifest(body, contentType), digest: schema1 ? (wanted ?? actual) : actual };
    } catch (error) {
        if (!(error instanceof InvalidManifest)) throw error;
        return broken(reply, "invalid_manifest", error.message);
    }
}

/**
 * Tells a sound blob from a broken one by the answer to a request for its last byte; a HEAD would be answered from
 * the registry's cache of descriptors, long after the data is gone.
 *
 * @param size bytes by the descriptor, above zero
 * @returns the failure, or nothing for a sound blob
 */
export function judgeBlob(reply: RegistryReply, size: number): Failure | undefined {
    const { status, headers } = reply;
    const length = Number(headers["content-length"] ?? Number.NaN);
    const fail = (kind: FailureClass, detail: string) => broken(reply, kind, detail).failure;
    if (status === 404) return fail("missing_blob", "404, the registry does not have it");
    if (status === 500) return fail("unreadable", "500, the registry finds it and cannot read it");
    if (status === 416) return fail("truncated_blob", `its last byte, number ${size}, does not exist`);
    if (reply.cut)
        return fail("truncated_blob", `${status} announces it, and no data comes: the file is gone or short`);
    if (status === 206) {
        const total = Number(/\/(\d+)$/.exec(String(headers["content-range"]))?.[1] ?? size);
        return total === size ? undefined : fail("size_mismatch", `${total} bytes instead of ${size}`);
    }
    if (status !== 200) throw new ProbeError(`unexpected answer ${status}`);
    // Range is not supported there: the whole of it came, or its beginning if it is large
    if (length === size || (Number.isNaN(length) && reply.oversized)) return undefined;
    const actual = Number.isNaN(length) ? reply.received : length;
    if (actual === size) return undefined;
    return fail(actual < size ? "truncated_blob" : "size_mismatch", `${actual} bytes instead of ${size}`);
}

function broken(reply: RegistryReply, kind: FailureClass, detail: string): { failure: Failure } {
    if (!reply.fromRegistry) throw new ProbeError(`${reply.status} from something in front of the registry`);
    return { failure: { class: kind, detail } };
}
