import { createHash, type KeyObject, sign } from "node:crypto";
import { lookup } from "node:dns/promises";
import { request } from "node:http";
import { request as secureRequest } from "node:https";
import { BlockList, isIPv6 } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface ExtensionOptions {
    readonly privateKey: KeyObject;
    /** `WOODPECKER_EXTENSIONS_ALLOWED_HOSTS`. */
    readonly allowedHosts: string;
    /** For one try; the real server has ten seconds. */
    readonly timeoutMs: number;
}

/** Tries in all, and the pause before the second one, which half of it makes longer or shorter. */
const TRIES = 3;
const PAUSE_MS = 500;

/** An attempt that failed, and whether the server tries again. */
class Failure extends Error {
    constructor(
        message: string,
        readonly again: boolean,
    ) {
        super(message);
    }
}

/**
 * Asks an extension as Woodpecker's server does (v3.17.0, `server/services/utils/http.go`): signed, ten seconds a try, three tries
 * where there was no answer, a 5xx or an empty body.
 *
 * @throws where none of them gave an answer that is JSON
 */
export async function ask(endpoint: string, body: unknown, options: ExtensionOptions): Promise<unknown> {
    const url = new URL(endpoint);
    const text = `${JSON.stringify(body)}\n`;
    for (let attempt = 1; ; attempt++) {
        try {
            return await attemptAt(url, text, options);
        } catch (error) {
            if (!(error instanceof Failure) || !error.again || attempt === TRIES) throw error;
            await pause(PAUSE_MS * 1.5 ** (attempt - 1) * (0.5 + Math.random()));
        }
    }
}

/** Headers by which the server proves who it is; the library it uses is `yaronf/httpsign` 0.5.2. */
export function signatureHeaders(target: string, body: string, key: KeyObject, created: number) {
    const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
    const parameters = `("@request-target" "content-digest");created=${created};alg="ed25519"`;
    const base = [`"@request-target": ${target}`, `"content-digest": ${digest}`, `"@signature-params": ${parameters}`];
    const signature = sign(null, Buffer.from(base.join("\n")), key).toString("base64");
    return {
        "content-digest": digest,
        "signature-input": `woodpecker-ci-extensions=${parameters}`,
        signature: `woodpecker-ci-extensions=:${signature}:`,
    };
}

async function attemptAt(url: URL, body: string, options: ExtensionOptions): Promise<unknown> {
    await demandAllowed(url, options.allowedHosts);
    const target = url.pathname + url.search;
    const created = Math.floor(Date.now() / 1000);
    const headers = {
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
        "user-agent": "Woodpecker/3.17.0 (server-extensions)",
        ...signatureHeaders(target, body, options.privateKey, created),
    };
    const { status, text } = await exchange(url, headers, body, options.timeoutMs);
    if (status >= 500 && status < 511) throw new Failure(`response: ${status}`, true);
    if (status < 200 || status >= 300) throw new Failure(`response: ${text}`, false);
    try {
        return JSON.parse(text);
    } catch (error) {
        // An end too early counts as one that may not come again; so does the nothing of a 204.
        throw new Failure((error as Error).message, text === "" || /end of JSON input/.test((error as Error).message));
    }
}

function exchange(url: URL, headers: Readonly<Record<string, string>>, body: string, timeoutMs: number) {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
        const make = url.protocol === "https:" ? secureRequest : request;
        const call = make(url, { method: "POST", headers, agent: false }, async (response) => {
            const chunks: Buffer[] = [];
            try {
                for await (const chunk of response) chunks.push(chunk as Buffer);
                resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
            } catch (error) {
                reject(new Failure((error as Error).message, true));
            } finally {
                clearTimeout(timer);
            }
        });
        const timer = setTimeout(() => call.destroy(new Error("Client.Timeout exceeded")), timeoutMs);
        call.on("error", (error: NodeJS.ErrnoException) => {
            clearTimeout(timer);
            const certificate = /CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(error.code ?? "");
            reject(new Failure(error.message || (error.code ?? "no connection"), !certificate));
        });
        call.end(body);
    });
}

/** Who may be asked; without a word about it only addresses of the public internet. */
async function demandAllowed({ hostname, port, protocol }: URL, allowedHosts: string): Promise<void> {
    const host = hostname.replace(/^\[|\]$/g, "");
    const { address } = await lookup(host).catch(() => {
        throw new Failure(`lookup ${host}: no such host`, true);
    });
    const rules = (allowedHosts || "external").split(",").map((rule) => rule.trim().toLowerCase());
    if (rules.some((rule) => covers(rule, host.toLowerCase(), address))) return;
    const at = `${address}:${port || (protocol === "https:" ? 443 : 80)}`;
    throw new Failure(
        "extensions can only call allowed HTTP servers (check your WOODPECKER_EXTENSIONS_ALLOWED_HOSTS setting), " +
            `deny '${host}(${at})'`,
        false,
    );
}

function covers(rule: string, host: string, address: string): boolean {
    const [network = "", prefix] = rule.split("/");
    if (prefix !== undefined) return within(address, [[network, Number(prefix)]]);
    if (rule === "loopback") return within(address, LOOPBACK);
    if (rule === "private") return within(address, PRIVATE);
    if (rule === "external") return !within(address, [...LOOPBACK, ...PRIVATE, ["169.254.0.0", 16], ["fe80::", 10]]);
    const pattern = new RegExp(
        `^${rule
            .replace(/[.+^${}()|\\]/g, "\\$&")
            .replaceAll("*", ".*")
            .replaceAll("?", ".")}$`,
    );
    return pattern.test(host) || pattern.test(address);
}

type Network = readonly [address: string, prefix: number];

const LOOPBACK: readonly Network[] = [
    ["127.0.0.0", 8],
    ["::1", 128],
];
const PRIVATE: readonly Network[] = [
    ["10.0.0.0", 8],
    ["172.16.0.0", 12],
    ["192.168.0.0", 16],
    ["fc00::", 7],
];

function within(address: string, networks: readonly Network[]): boolean {
    const list = new BlockList();
    for (const [network, prefix] of networks) list.addSubnet(network, prefix, isIPv6(network) ? "ipv6" : "ipv4");
    return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
