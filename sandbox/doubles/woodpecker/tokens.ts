import { createHmac, timingSafeEqual } from "node:crypto";

/** Claims of Woodpecker's tokens; all are HS256. */
export interface Claims {
    readonly type: "user" | "sess" | "hook" | "csrf" | "oauth-state";
    readonly "user-id"?: string;
    readonly "forge-id"?: string;
    readonly "repo-forge-remote-id"?: string;
    /** Unix seconds. */
    readonly exp?: number;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signs with the keys in alphabetical order, so that the same claims and key always give the same token. */
export function sign(claims: Claims, key: string): string {
    const sorted = Object.fromEntries(Object.entries(claims).sort(([a], [b]) => (a < b ? -1 : 1)));
    const head = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(sorted)}`;
    return `${head}.${createHmac("sha256", key).update(head).digest("base64url")}`;
}

/**
 * @param keyOf the key for these claims; `undefined` refuses them
 * @returns the claims, or `undefined` for anything that is malformed, expired or signed with another key
 */
export function verify(
    token: string,
    types: readonly Claims["type"][],
    keyOf: (claims: Claims) => string | undefined,
): Claims | undefined {
    const [header, payload, signature] = token.split(".");
    if (!header || !payload || !signature) return undefined;
    let claims: Claims;
    try {
        claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Claims;
    } catch {
        return undefined;
    }
    const key = types.includes(claims.type) ? keyOf(claims) : undefined;
    if (key === undefined) return undefined;
    const expected = createHmac("sha256", key).update(`${header}.${payload}`).digest();
    const given = Buffer.from(signature, "base64url");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    return claims.exp !== undefined && claims.exp < Date.now() / 1000 ? undefined : claims;
}
