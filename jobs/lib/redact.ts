/** Shortest run of characters of a secret that is masked; shorter ones are too common to mean anything. */
const SHORTEST = 6;

/**
 * Masks whatever of some secrets stands in a text that came from elsewhere: whole, in parts (servers cut what they
 * repeat), and as JSON or a URL would spell it.
 */
export function redact(text: string, secrets: readonly string[]): string {
    const spellings = secrets.flatMap((secret) => [
        secret,
        JSON.stringify(secret).slice(1, -1),
        encodeURIComponent(secret.replace(/\p{Cs}/gu, "\ufffd")),
    ]);
    const whole = spellings
        .filter((secret) => secret.length >= 3)
        .sort((a, b) => b.length - a.length)
        .reduce((left, secret) => left.replaceAll(secret, "[secret]"), text);
    const long = spellings.filter((secret) => secret.length >= SHORTEST);
    const masked = new Set<number>();
    for (let start = 0; start + SHORTEST <= whole.length; start++) {
        const run = whole.slice(start, start + SHORTEST);
        if (!long.some((secret) => secret.includes(run))) continue;
        for (let position = start; position < start + SHORTEST; position++) masked.add(position);
    }
    if (masked.size === 0) return whole;
    const marked = [...whole.split("").keys()].map((i) => (masked.has(i) ? "\0" : whole[i])).join("");
    return marked.replace(/\0+/g, "[secret]");
}
