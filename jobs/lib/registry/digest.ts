import { createHash } from "node:crypto";

const HEX_LENGTH: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

/** Whether a text is a digest of an algorithm that can be checked: sha256 or sha512, lower-case hex. */
export function isDigest(text: unknown): text is string {
    if (typeof text !== "string") return false;
    const [algorithm = "", hex = ""] = text.split(":", 2);
    return HEX_LENGTH[algorithm] === hex.length && /^[0-9a-f]+$/.test(hex);
}

/** Digest of some bytes, by the algorithm of another digest. @param like a valid digest; sha256 where absent */
export function digestOf(bytes: Buffer, like?: string): string {
    const algorithm = like?.startsWith("sha512:") ? "sha512" : "sha256";
    return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}
