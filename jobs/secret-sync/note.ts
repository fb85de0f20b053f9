import { createHmac } from "node:crypto";

/** What the note of a secret in Woodpecker says about where the value came from. */
export interface Origin {
    /** Who writes the secret; another sync leaves it alone. */
    readonly owner: string;
    /** `mount/path#key` in Vault. */
    readonly source: string;
    /** Version of the secret in Vault. */
    readonly version: number;
    readonly fingerprint: string;
}

/** Woodpecker keeps notes in a column of 255 characters, where its database enforces that. */
const LONGEST = 255;
const MARKER = /^managed by secret-sync \(([\w.-]+)\)(?:;|$)/;
const FORM = /; version (\d+); hmac-sha256 ([\w-]{43})$/;

/** An owner: short, for the note has to hold it. */
export const OWNER = /^[\w.-]{1,40}$/;

/**
 * What tells a value from another without telling the value.
 *
 * Keyed, for every administrator reads notes, and a short value could be guessed from a bare hash; with place and
 * name in it, for equal values must not show as equal.
 */
export function fingerprintOf(key: string, target: string, name: string, value: string): string {
    return createHmac("sha256", key)
        .update(JSON.stringify([target, name, value]))
        .digest("base64url");
}

export function noteOf({ owner, source, version, fingerprint }: Origin): string {
    const head = `managed by secret-sync (${owner})`;
    const tail = `; version ${version}; hmac-sha256 ${fingerprint}`;
    const named = `${head}; source ${source}${tail}`;
    return named.length <= LONGEST && !/\p{Cc}/u.test(source) ? named : head + tail;
}

/** Who has marked a secret as theirs. */
export function ownerOf(note: string): string | undefined {
    return MARKER.exec(note)?.[1];
}

/** What a note says of the value; nothing when somebody has changed the note. */
export function stateOf(note: string): { readonly version: number; readonly fingerprint: string } | undefined {
    const [, version, fingerprint] = FORM.exec(note) ?? [];
    return version && fingerprint ? { version: Number(version), fingerprint } : undefined;
}
