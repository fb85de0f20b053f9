/** What Woodpecker refuses, said before anything is sent: each rule gives the complaint, or undefined. */

type Rule = (value: unknown) => string | undefined;

const rule =
    (allowed: string, test: (text: string) => boolean): Rule =>
    (value) =>
        test(String(value)) ? undefined : `is not ${allowed}`;

export const notEmpty: Rule = (value) => (value === "" ? "is empty; the server refuses that" : undefined);

export const fullName = rule("owner/name", (text) => /^[^\s/]+(\/[^\s/]+)+$/.test(text));

export const atLeastOne: Rule = (value) =>
    (value as unknown[]).length > 0 ? undefined : "is empty; the server wants at least one";

/** A number above zero: minutes, or an id. */
export const positive: Rule = (value) => ((value as number) >= 1 ? undefined : "is less than 1");

/** The server would store other names, but no URL reaches them: they could be neither changed nor deleted. */
export const entryName = rule(
    "a name the server's URLs can carry (not empty, no slash, backslash or control character, not . or ..)",
    (text) => /^[^/\\\p{Cc}]+$/u.test(text) && text.trim() === text && !/^\.\.?$/.test(text),
);

/** With a port, the server reads what stands before it as the scheme of a URL, and refuses what cannot be one. */
export const address = rule(
    "host, or host:port with a host that begins with a letter, without scheme and path",
    (text) => /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$|^[A-Za-z]([A-Za-z0-9.-]*[A-Za-z0-9])?:\d{1,5}$/.test(text),
);

/** The server's own expression (`server/model/secret.go`). */
const imageName =
    /^([\w\d\-_.]+(:\d+)?\/)?([\w\d\-_.][\w\d\-_./]*\/)?([\w\d\-_.]+)(:[\w\d\-_]+)?(@sha256:[a-f\d]{64})?$/;

export const images: Rule = (value) => {
    const wrong = (value as string[]).filter((image) => !imageName.test(image));
    return wrong.length === 0 ? undefined : `has ${wrong.map((w) => JSON.stringify(w)).join(", ")}: not an image name`;
};

export const url = rule("empty or an http(s) URL", (text) => text === "" || /^https?:$/.test(protocol(text)));

export const serverUrl = rule("an http(s) URL without /api, query and credentials", (text) => {
    if (!/^https?:$/.test(protocol(text))) return false;
    const { search, hash, username, pathname } = new URL(text);
    return search + hash + username === "" && !/\/api\/?$/.test(pathname);
});

function protocol(text: string): string {
    return URL.canParse(text) ? new URL(text).protocol : "";
}

export const timezone = rule("an IANA time zone, e.g. UTC or Europe/Berlin", (text) => {
    try {
        new Intl.DateTimeFormat("en", { timeZone: text });
        return !/^[+-]/.test(text);
    } catch {
        return false;
    }
});

const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const weekdays = "sun mon tue wed thu fri sat".split(" ");
const fields = [
    { name: "minute", min: 0, max: 59, words: [] },
    { name: "hour", min: 0, max: 23, words: [] },
    { name: "day of month", min: 1, max: 31, words: [] },
    { name: "month", min: 1, max: 12, words: months },
    { name: "day of week", min: 0, max: 7, words: weekdays },
];

export const schedule: Rule = (value) => {
    const text = String(value).trim();
    if (/^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(text)) return undefined;
    if (/^@every (\d+(\.\d+)?(h|m|s))+$/.test(text)) return undefined;
    if (text.startsWith("@")) return "is not @yearly, @monthly, @weekly, @daily, @hourly or @every with a duration";
    const parts = text.split(/\s+/);
    if (parts.length !== 5) return `has ${text === "" ? 0 : parts.length} fields; allowed are 5 (no seconds)`;
    const wrong = fields.flatMap((field, i) => (fits(parts[i] ?? "", field) ? [] : [`${field.name} "${parts[i]}"`]));
    return wrong.length === 0 ? undefined : `has an unusable ${wrong.join(", ")}`;
};

function fits(text: string, { min, max, words }: (typeof fields)[number]): boolean {
    return text.split(",").every((item) => {
        const [, range, step] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? [];
        if (range === undefined || step === "0") return false;
        if (range === "*" || range === "?") return true;
        const ends = range.split("-").map((end) => {
            const word = words.indexOf(end.toLowerCase());
            if (word >= 0) return word + min;
            return /^\d{1,2}$/.test(end) ? Number(end) : Number.NaN;
        });
        const [low = Number.NaN, high = low] = ends;
        return ends.length <= 2 && min <= low && low <= high && high <= max;
    });
}
