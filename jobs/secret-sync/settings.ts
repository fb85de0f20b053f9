import * as z from "zod";
import { type Environment, readEnvironment } from "../lib/environment.js";
import { UsageError } from "../lib/errors.js";
import { serviceUrl, wholeNumber } from "../lib/fields.js";
import { type VaultCredential, vaultCredential, vaultFields } from "../lib/vaultSettings.js";
import { type Mapping, parseMapping, pathsOf } from "./mapping.js";
import { OWNER } from "./note.js";
import { type PruneLimit, pruneLimit } from "./pruneLimit.js";

/** `path#key` below the KV mount. */
const vaultKey = z
    .string()
    .regex(/^[\w.-]+(\/[\w.-]+)*#.+$/, 'is not path#key below the KV mount, such as "ci/secret-sync#woodpecker-token"')
    .transform((text): VaultKey => {
        const [path = "", ...key] = text.split("#");
        return { path, key: key.join("#") };
    });

const secretText = z.string().meta({ secret: true });
const flag = z.enum(["true", "false"], 'is neither "true" nor "false"').transform((text) => text === "true");

export const fields = {
    ...vaultFields("secret-sync"),
    WOODPECKER_SERVER: serviceUrl.describe("address of Woodpecker, without /api"),
    WOODPECKER_TOKEN: secretText.optional().describe("token of a Woodpecker administrator"),
    WOODPECKER_TOKEN_PATH: vaultKey.optional().describe("instead of WOODPECKER_TOKEN: where Vault has it, path#key"),
    FINGERPRINT_KEY: secretText.optional().describe("key of the values' fingerprints, at least 16 characters"),
    FINGERPRINT_KEY_PATH: vaultKey.optional().describe("instead of FINGERPRINT_KEY: where Vault has it, path#key"),
    MAPPING: z
        .string()
        .optional()
        .describe("what goes where, as JSON; none: every key of ci/global to all repositories"),
    MODE: z.enum(["plan", "apply"], 'is neither "plan" nor "apply"').default("plan").describe("plan or apply (plan)"),
    PRUNE_LIMIT: pruneLimit.prefault("10").describe("most secrets one run removes, 10 or 25% of its own (10)"),
    REWRITE: flag.default(false).describe("true: write every value again, e.g. after one was edited in Woodpecker"),
    INSTANCE: z
        .string()
        .regex(OWNER, "is not 1 to 40 letters, digits, - . or _")
        .default("vault")
        .describe("who owns what is written, and the metrics' instance label (vault)"),
    PUSHGATEWAY_URL: serviceUrl.optional().describe("where metrics of applied runs go; none: they go nowhere"),
    REQUEST_TIMEOUT_SECONDS: wholeNumber(1, 600).default(30).describe("time for one request, 1 to 600 (30)"),
    DEADLINE_SECONDS: wholeNumber(1, 86_400).default(300).describe("when the run must have ended, 1 to 86400 (300)"),
};

export interface VaultKey {
    readonly path: string;
    readonly key: string;
}

export interface SyncSettings {
    readonly mode: "plan" | "apply";
    readonly vault: {
        readonly address: URL;
        readonly kvMount: string;
        readonly credential: VaultCredential;
    };
    readonly woodpecker: { readonly server: string; readonly token: string | VaultKey };
    readonly fingerprintKey: string | VaultKey;
    readonly mapping: Mapping;
    readonly pruneLimit: PruneLimit;
    readonly rewrite: boolean;
    readonly instance: string;
    readonly gateway?: URL;
    readonly requestTimeoutSeconds: number;
    readonly deadlineSeconds: number;
    /** Milliseconds before the first retry. @default the clients' */
    readonly retryPauseMs?: number;
}

/** @throws UsageError that names each variable or argument at fault */
export function syncSettings(argv: readonly string[], environment: Environment): SyncSettings {
    const read = readEnvironment(fields, environment);
    const problems: string[] = [];
    const one = <A, B>(a: A | undefined, nameOfA: string, b: B | undefined, nameOfB: string): A | B | undefined => {
        if ((a === undefined) === (b === undefined)) problems.push(`${nameOfA}, ${nameOfB}: set one of the two`);
        return a ?? b;
    };
    const document = parseMapping(read.MAPPING, problems);
    const credential = vaultCredential(read, problems);
    const token = one(read.WOODPECKER_TOKEN, "WOODPECKER_TOKEN", read.WOODPECKER_TOKEN_PATH, "WOODPECKER_TOKEN_PATH");
    const key = one(read.FINGERPRINT_KEY, "FINGERPRINT_KEY", read.FINGERPRINT_KEY_PATH, "FINGERPRINT_KEY_PATH");
    for (const [name, own] of Object.entries({ WOODPECKER_TOKEN_PATH: token, FINGERPRINT_KEY_PATH: key })) {
        if (typeof own !== "object" || !document || !pathsOf(document).includes(own.path)) continue;
        problems.push(`${name}: "${own.path}" is copied by the mapping; keep it on a path of its own`);
    }
    const mode = modeOf(argv, read.MODE, problems);
    if (problems.length > 0 || !credential || !token || !key || !document) {
        throw new UsageError(["The configuration has errors:", ...problems].join("\n  "));
    }
    return {
        mode,
        vault: { address: read.VAULT_ADDR, kvMount: read.VAULT_KV_MOUNT, credential },
        woodpecker: { server: read.WOODPECKER_SERVER.href, token },
        fingerprintKey: key,
        mapping: document,
        pruneLimit: read.PRUNE_LIMIT,
        rewrite: read.REWRITE,
        instance: read.INSTANCE,
        ...(read.PUSHGATEWAY_URL && { gateway: read.PUSHGATEWAY_URL }),
        requestTimeoutSeconds: read.REQUEST_TIMEOUT_SECONDS,
        deadlineSeconds: read.DEADLINE_SECONDS,
    };
}

function modeOf(argv: readonly string[], mode: SyncSettings["mode"], problems: string[]): SyncSettings["mode"] {
    const [word] = argv;
    if (argv.length === 0) return mode;
    if (argv.length === 1 && (word === "plan" || word === "apply")) return word;
    problems.push(`Unknown arguments "${argv.join(" ")}"; allowed is plan or apply`);
    return mode;
}
