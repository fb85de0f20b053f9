import type { KeyObject } from "node:crypto";
import * as z from "zod";
import { type Environment, readEnvironment } from "../lib/environment.js";
import { UsageError } from "../lib/errors.js";
import { parseDocument, serviceUrl, wholeNumber } from "../lib/fields.js";
import { type VaultCredential, vaultCredential, vaultFields } from "../lib/vaultSettings.js";
import { type Mapping, parseMapping } from "../secret-sync/mapping.js";
import { type AllowList, allowList } from "./allowList.js";
import { readPublicKey } from "./serverKey.js";

export interface Listen {
    /** Nothing: every address of the machine. */
    readonly host?: string;
    readonly port: number;
}

/** In PEM. */
export interface Certificate {
    readonly cert: string;
    readonly key: string;
}

const PORT = /^(?:(.+):)?(\d{1,5})$/;
const listen = z
    .string()
    .regex(PORT, 'is neither a port nor address:port such as "127.0.0.1:8080"')
    .transform((text): Listen => {
        const [, host, port] = PORT.exec(text) ?? [];
        return { ...(host && { host: host.replace(/^\[|\]$/g, "") }), port: Number(port) };
    });

const publicKey = z.string().transform((pem, context): KeyObject => {
    try {
        return readPublicKey(pem);
    } catch (error) {
        context.addIssue((error as Error).message);
        return z.NEVER;
    }
});

const vault = vaultFields("secret-extension");
const tls = {
    TLS_CERTIFICATE: z.string().optional().describe("PEM certificate to serve TLS with; none: plain HTTP"),
    TLS_KEY: z.string().meta({ secret: true }).optional().describe("its key"),
};

export const fields = {
    ...vault,
    WOODPECKER_SERVER: serviceUrl.optional().describe("address of Woodpecker, where its public key is read"),
    WOODPECKER_PUBLIC_KEY: publicKey.optional().describe("instead of WOODPECKER_SERVER: its public key, PEM"),
    ALLOW: z.string("is missing").describe('who gets secrets, JSON, e.g. [{"repositories": ["acme/*"]}]'),
    MAPPING: z
        .string()
        .optional()
        .describe("what goes where, as JSON, as for secret-sync; none: every key of ci/global to all that is allowed"),
    INSTANCE: z
        .string()
        .regex(/^[\w.-]{1,40}$/, "is not 1 to 40 letters, digits, - . or _")
        .default("vault")
        .describe("label extension of the metrics (vault)"),
    LISTEN: listen.prefault("8080").describe("[address:]port for Woodpecker, POST /secrets (8080)"),
    MONITOR_LISTEN: listen.prefault("8081").describe("[address:]port for /metrics, /healthz, /readyz (8081)"),
    ...tls,
    CACHE_SECONDS: wholeNumber(0, 3600).default(60).describe("for how long a secret is kept, 0 to 3600 (60)"),
    CACHE_MEBIBYTES: wholeNumber(1, 1024).default(16).describe("most that is kept, 1 to 1024 (16)"),
    CHECK_SECONDS: wholeNumber(5, 86_400)
        .default(300)
        .describe("every so often all of the mapping is looked at, 5 to 86400 (300)"),
    ANSWER_SECONDS: wholeNumber(1, 9).default(8).describe("time for one answer; Woodpecker waits for ten (8)"),
    DRAIN_SECONDS: wholeNumber(0, 60).default(5).describe("after SIGTERM: time for others to notice (5)"),
};

export interface ExtensionSettings {
    readonly vault: {
        readonly address: URL;
        readonly kvMount: string;
        readonly credential: () => VaultCredential;
    };
    readonly woodpecker: URL | KeyObject;
    /** Milliseconds between two looks at a key that did not fit. @default 30 000 */
    readonly keyPauseMs?: number;
    readonly mapping: Mapping;
    readonly allow: AllowList;
    readonly instance: string;
    readonly listen: Listen;
    readonly monitorListen: Listen;
    /** As it is now: certificates are renewed in place. */
    readonly certificate: () => Certificate | undefined;
    readonly cacheSeconds: number;
    readonly cacheSize: number;
    readonly checkSeconds: number;
    readonly answerSeconds: number;
    readonly drainSeconds: number;
}

/** @throws UsageError that names each variable at fault */
export function extensionSettings(argv: readonly string[], environment: Environment): ExtensionSettings {
    const read = readEnvironment(fields, environment);
    const problems: string[] = [];
    if (argv.length > 0) problems.push(`Unknown arguments "${argv.join(" ")}"; there are none`);
    const mapping = parseMapping(read.MAPPING, problems);
    const allow = parseDocument("ALLOW", read.ALLOW, allowList, problems);
    const credential = vaultCredential(read, problems);
    const woodpecker = read.WOODPECKER_PUBLIC_KEY ?? read.WOODPECKER_SERVER;
    if (!woodpecker || (read.WOODPECKER_PUBLIC_KEY && read.WOODPECKER_SERVER)) {
        problems.push("WOODPECKER_SERVER, WOODPECKER_PUBLIC_KEY: set one of the two");
    }
    if ((read.TLS_CERTIFICATE === undefined) !== (read.TLS_KEY === undefined)) {
        problems.push("TLS_CERTIFICATE, TLS_KEY: set both or none");
    }
    if (problems.length > 0 || !mapping || !allow || !credential || !woodpecker) {
        throw new UsageError(["The configuration has errors:", ...problems].join("\n  "));
    }
    return {
        vault: {
            address: read.VAULT_ADDR,
            kvMount: read.VAULT_KV_MOUNT,
            credential: () => vaultCredential(readEnvironment(vault, environment), []) ?? credential,
        },
        woodpecker,
        mapping,
        allow,
        instance: read.INSTANCE,
        listen: read.LISTEN,
        monitorListen: read.MONITOR_LISTEN,
        certificate: () => {
            const { TLS_CERTIFICATE: cert, TLS_KEY: key } = readEnvironment(tls, environment);
            return cert && key ? { cert, key } : undefined;
        },
        cacheSeconds: read.CACHE_SECONDS,
        cacheSize: read.CACHE_MEBIBYTES << 20,
        checkSeconds: read.CHECK_SECONDS,
        answerSeconds: read.ANSWER_SECONDS,
        drainSeconds: read.DRAIN_SECONDS,
    };
}
