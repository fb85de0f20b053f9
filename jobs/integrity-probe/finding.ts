/** What can be wrong with something a registry claims to hold, with the label it has in metrics. */
export const FAILURE_CLASSES = [
    /** A tag is listed, and nothing answers to it. */
    "missing_manifest",
    /** An index lists a manifest that is gone. */
    "missing_child",
    /** The registry finds it and cannot read it: a data or link file is empty or broken. */
    "unreadable",
    /** The bytes are not those the digest was taken of. */
    "digest_mismatch",
    /** The digest is right and the length differs from the descriptor's. */
    "size_mismatch",
    /** Stored under the right digest, and still no manifest. */
    "invalid_manifest",
    /** A config or layer is gone. */
    "missing_blob",
    /** A config or layer is shorter than its descriptor says, possibly empty. */
    "truncated_blob",
] as const;

export type FailureClass = (typeof FAILURE_CLASSES)[number];

export interface Failure {
    readonly class: FailureClass;
    /** What was seen, for a person. */
    readonly detail: string;
}

/** A tag and the manifest it led to when it was read. */
export interface TaggedRoot {
    readonly tag: string;
    /** First 32 hex digits of the manifest's digest; absent where the tag itself leads nowhere. */
    readonly root?: string;
}

/** What exactly is broken: a tag, a manifest by digest, or a blob. */
export interface Subject {
    readonly kind: "tag" | "manifest" | "blob";
    readonly repository: string;
    /** Empty for a tag that leads nowhere. */
    readonly digest: string;
    /** Bytes, by the descriptor. */
    readonly size?: number;
    /** Platform of the image the subject belongs to; empty where unknown. */
    readonly platform: string;
}

/** Something that looked broken once, together with the images that need it. */
export interface Suspect extends Subject {
    readonly failure: Failure;
    /** Images that need it, sorted by tag; at most `MAX_ROOTS` of them. */
    readonly roots: readonly TaggedRoot[];
    /** How many images need it. */
    readonly images: number;
    /** Somebody asked for this very tag; otherwise a list named it, and it may be deleted by now. */
    readonly asked?: boolean;
}

/** Images named with one suspect; one is enough to repair it. */
export const MAX_ROOTS = 20;

/** A failure that was seen twice. */
export interface Finding {
    readonly kind: Subject["kind"];
    readonly repository: string;
    readonly tag: string;
    /** Other images of the repository that need the same manifest or blob. */
    readonly otherTags: number;
    readonly digest: string;
    readonly platform: string;
    readonly class: FailureClass;
    readonly detail: string;
}
