import { createHash, type KeyObject, timingSafeEqual, verify } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** A request as it came in. */
export interface SignedRequest {
    readonly method: string;
    /** Path and query, as in the request line. */
    readonly target: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: Buffer;
}

/** `wrong key`: all is as it should be, and another key has signed it. */
export type Verdict = "good" | "wrong key" | { readonly refused: string };

/** What Woodpecker calls its signature. */
const NAME = "woodpecker-ci-extensions";
/** What a signature has to cover: where the request goes, and its body. */
const COVERED = ["@request-target", "content-digest"] as const;
/** For how long a signature is good, with clocks that are not quite alike. Seconds. */
const OLDEST = 60;
const NEWEST = 30;

/**
 * Whether a request was signed by the holder of a key just now (RFC 9421, Ed25519, as Woodpecker's server makes it).
 *
 * @param now seconds since the epoch
 */
export function verdictOn(request: SignedRequest, key: KeyObject, now: number): Verdict {
    const input = member(request.headers["signature-input"], INPUT);
    const signature = member(request.headers.signature, BYTES);
    if (!input || !signature) return { refused: `has no signature "${NAME}"` };
    const [, parameters = "", list = "", rest = ""] = input;
    const components = [...list.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);
    if (new Set(components).size !== components.length) return { refused: "signs a component twice" };
    const open = COVERED.filter((name) => !components.includes(name));
    if (open.length > 0) return { refused: `does not sign ${open.join(" and ")}` };
    const complaint = parametersComplaint(rest, now) ?? digestComplaint(request);
    if (complaint) return { refused: complaint };
    const lines: string[] = [];
    for (const name of components) {
        const value = componentOf(name, request);
        if (value === undefined) return { refused: `signs ${name}, which it does not have` };
        lines.push(`"${name}": ${value}\n`);
    }
    const base = `${lines.join("")}"@signature-params": ${parameters}`;
    const signed = Buffer.from(signature[1] ?? "", "base64");
    return verify(null, Buffer.from(base, "latin1"), key, signed) ? "good" : "wrong key";
}

/** `(…)` and the parameters behind it, as far as Woodpecker's library writes them. */
const INPUT = /^(\(((?:"[^"\\]*" ?)*)\)((?:;[a-z*][\w.*-]*(?:=(?:-?\d+|"[^"\\]*"))?)*))$/;
const BYTES = /^:([A-Za-z0-9+/]+={0,2}):$/;

/** The value of Woodpecker's member in a dictionary of structured fields; other members may stand beside it. */
function member(header: string | string[] | undefined, form: RegExp): RegExpExecArray | undefined {
    const members = [header ?? []].flat().flatMap((line) => line.match(/(?:"[^"\\]*"|[^",])+/g) ?? []);
    const own = members.map((text) => text.trim()).filter((text) => text.startsWith(`${NAME}=`));
    const [only] = own;
    return own.length === 1 && only ? (form.exec(only.slice(NAME.length + 1)) ?? undefined) : undefined;
}

function parametersComplaint(text: string, now: number): string | undefined {
    const number = (name: string) => Number(new RegExp(`;${name}=(-?\\d+)(?=;|$)`).exec(text)?.[1]);
    const algorithm = /;alg="([^"]*)"/.exec(text)?.[1];
    if (algorithm !== undefined && algorithm !== "ed25519") return `is signed by ${algorithm}, not ed25519`;
    const age = now - number("created");
    if (Number.isNaN(age)) return "does not say when it was signed";
    if (age > OLDEST || age < -NEWEST) {
        return `was signed ${Math.abs(age)} s ${age > 0 ? "ago" : "ahead"}; see that the clocks agree`;
    }
    return number("expires") < now ? "has expired" : undefined;
}

const HASHES: Readonly<Record<string, string>> = { "sha-256": "sha256", "sha-512": "sha512" };

function digestComplaint({ headers, body }: SignedRequest): string | undefined {
    const given = [headers["content-digest"] ?? []].flat().join(",");
    const known = given.split(",").flatMap((text) => {
        const [, name = "", base64 = ""] = /^\s*([\w-]+)=:([A-Za-z0-9+/=]+):\s*$/.exec(text) ?? [];
        const hash = HASHES[name];
        return hash ? [{ hash, digest: Buffer.from(base64, "base64") }] : [];
    });
    if (known.length === 0) return "has no digest of its body";
    const fits = known.every(({ hash, digest }) => {
        const own = createHash(hash).update(body).digest();
        return own.length === digest.length && timingSafeEqual(own, digest);
    });
    return fits ? undefined : "has a body that does not fit its digest";
}

function componentOf(name: string, { method, target, headers }: SignedRequest): string | undefined {
    if (name === "@request-target") return target;
    if (name === "@method") return method;
    if (name.startsWith("@")) return undefined;
    const value = headers[name];
    return value === undefined ? undefined : [value].flat().join(", ").trim();
}
