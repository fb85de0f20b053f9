import type { RegistryClient } from "../lib/registry/client.js";
import { listTags } from "../lib/registry/listing.js";
import type { Failure, Finding, Suspect } from "./finding.js";
import { checkBlob, readManifest, resolveTag } from "./questions.js";

/**
 * Looks at a suspect again, some time after the first look: a push, a deletion or a garbage collection that was
 * under way then is not a failure.
 *
 * @returns the failure, or nothing when it is sound now or no image needs it any more
 * @throws ProbeError when it cannot be told
 */
export async function secondLook(client: RegistryClient, suspect: Suspect): Promise<Finding | undefined> {
    const failure = await lookAgain(client, suspect);
    const tag = failure && (await imageInNeed(client, suspect, failure));
    if (!failure || tag === undefined) return undefined;
    const { kind, repository, digest, platform, images } = suspect;
    return { kind, repository, tag, otherTags: images - 1, digest, platform, ...failure };
}

async function lookAgain(client: RegistryClient, suspect: Suspect): Promise<Failure | undefined> {
    const { kind, repository, digest, size = 0 } = suspect;
    if (kind === "blob") return checkBlob(client, repository, digest, size);
    const tag = suspect.roots[0]?.tag ?? "";
    const verdict =
        kind === "tag"
            ? await readManifest(client, repository, tag, { missing: "missing_manifest", ...(digest && { digest }) })
            : await readManifest(client, repository, digest, { digest, size, missing: "missing_child" });
    return "failure" in verdict ? verdict.failure : undefined;
}

/** The first image that still needs the suspect: one whose tag still leads to the same manifest. */
async function imageInNeed(client: RegistryClient, suspect: Suspect, failure: Failure): Promise<string | undefined> {
    const { kind, repository, roots } = suspect;
    for (const { tag, root } of roots) {
        if (kind === "tag") {
            const mayBeDeleted = failure.class === "missing_manifest" && !suspect.asked;
            if (!mayBeDeleted || (await isListed(client, repository, tag))) return tag;
        } else {
            const now = await resolveTag(client, repository, tag);
            if (now !== "gone" && (now.digest === undefined || now.digest.split(":")[1]?.startsWith(root ?? "")))
                return tag;
        }
    }
    return undefined;
}

async function isListed(client: RegistryClient, repository: string, tag: string): Promise<boolean> {
    for await (const tags of listTags(client, repository)) if (tags.includes(tag)) return true;
    return false;
}
