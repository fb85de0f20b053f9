/** How credentials of common services look. */
const shapes: Readonly<Record<string, RegExp>> = {
    "a GitHub token": /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{60,})/,
    "a Vault token": /\bhv[sbr]\.[\w-]{24,}/,
    "a Slack token": /\bxox[abprs]-[\w-]{10,}/,
    "a Slack webhook": /hooks\.slack\.com\/services\/T\w+\/B\w+\/\w{16,}/,
    "a Docker Hub token": /\bdckr_pat_[\w-]{20,}/,
    "a private key": /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
    "a password in an address": /\b[a-z][a-z+.-]*:\/\/[^\s/:@$"'{}]+:[^\s/:@$"'{}]{6,}@/,
    "a JSON web token": /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/,
};

/** Kinds of credentials that a text seems to hold. */
export function credentialsIn(text: string): string[] {
    return Object.entries(shapes).flatMap(([kind, shape]) => (shape.test(text) ? [kind] : []));
}
