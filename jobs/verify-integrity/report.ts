import type { FailureClass, Finding } from "../integrity-probe/finding.js";
import type { ImageReference } from "../lib/registry/reference.js";
import { isSound, type Verification } from "./verify.js";

const REBUILD = "build and push the image again";
const DROP_DATA = `delete the digest's data file in the registry's storage, restart the registry (it remembers what it once had), then ${REBUILD}`;

const REPAIRS: Readonly<Record<FailureClass, string>> = {
    missing_manifest: `push it again; if it is listed among the tags all the same, delete the tag first, then ${REBUILD}`,
    missing_child: `before the next garbage collection: PUT the manifest's bytes back by its digest where they still exist, else ${REBUILD}`,
    unreadable: `an empty or broken file in the registry's storage: ${DROP_DATA}`,
    digest_mismatch: DROP_DATA,
    size_mismatch: DROP_DATA,
    invalid_manifest: `the push was wrong: ${REBUILD} with another version of the build tool`,
    missing_blob: `restart the registry (it remembers what it once had), then ${REBUILD}`,
    truncated_blob: DROP_DATA,
};

/** 0 intact, 2 broken, 1 could not tell. */
export function exitCodeOf({ ledger }: Verification): 0 | 1 | 2 {
    if (isSound(ledger)) return 0;
    return ledger.failureCount > 0 ? 2 : 1;
}

/** What a person reads in the log of a failed or passed step. */
export function explain(image: ImageReference, verification: Verification): string {
    const { ledger, looks, requests, durationSeconds } = verification;
    const name = nameOf(image);
    const effort = `${requests} requests, ${durationSeconds} s, ${looks} ${looks === 1 ? "look" : "looks"}`;
    if (isSound(ledger)) {
        const { indexes, children, blobs } = ledger.counts;
        return `${name} is intact: ${indexes} indexes, ${children} manifests below them, ${blobs} configs and layers (${effort}).\n`;
    }
    const lines = ledger.findings.map(explainFinding);
    if (lines.length > 0) return [`${name} is broken (${effort}):`, ...lines, ""].join("\n");
    const causes = [...(ledger.ended === undefined ? [] : [ledger.ended]), ...ledger.troubles];
    if (causes.length === 0)
        causes.push("it was there at one look and gone at the next; is somebody pushing or deleting it?");
    return [
        `${name}: could not tell whether it is intact (${effort}):`,
        ...causes.map((cause) => `  ${cause}`),
        "",
    ].join("\n");
}

function explainFinding({ class: kind, digest, platform, detail }: Finding): string {
    const what = digest === "" ? "the image itself" : digest;
    const where = platform === "" ? "" : ` of ${platform}`;
    return [`  ${kind}: ${what}${where}`, `    seen:   ${detail}`, `    repair: ${REPAIRS[kind]}`].join("\n");
}

function nameOf({ repository, reference }: ImageReference): string {
    return `${repository}${reference.includes(":") ? "@" : ":"}${reference}`;
}
