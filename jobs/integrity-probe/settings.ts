import * as z from "zod";
import { type Environment, readEnvironment } from "../lib/environment.js";
import { UsageError } from "../lib/errors.js";
import { serviceUrl, wholeNumber } from "../lib/fields.js";
import { credentialsOf, registryFields } from "../lib/registry/settings.js";
import type { Shard } from "./rotation.js";
import type { BlobMode } from "./walk.js";

export const fields = {
    REGISTRY_URL: serviceUrl.describe("address of the registry, e.g. https://registry.example.org"),
    ...registryFields,
    PUSHGATEWAY_URL: serviceUrl.optional().describe("where metrics go; none: they go nowhere"),
    INSTANCE: z.string().optional().describe("the metrics' instance label (host and port of REGISTRY_URL)"),
    DEADLINE_SECONDS: wholeNumber(1, 86_400).default(780).describe("when the walk must have ended, 1 to 86400 (780)"),
    REQUEST_BUDGET: wholeNumber(1, 100_000_000).optional().describe("most requests to the registry; none: no limit"),
    BLOBS: z
        .enum(["none", "sample", "all"], 'is not one of "none", "sample", "all"')
        .default("sample")
        .describe("configs and layers to check: none, sample (another 1/23 each run) or all (sample)"),
    SHARDS: wholeNumber(1, 1000).optional().describe("processes that share the registry, 1 to 1000 (1)"),
    JOB_COMPLETION_INDEX: wholeNumber(0, 999)
        .optional()
        .describe("which of the SHARDS this one is, from 0; Kubernetes sets it in an Indexed Job"),
};

export interface ProbeSettings {
    readonly registry: URL;
    readonly credentials?: { readonly username: string; readonly password: string };
    readonly ca?: string;
    readonly gateway?: URL;
    readonly instance: string;
    readonly concurrency: number;
    readonly requestTimeoutMs: number;
    /** @default the client's */
    readonly retryPauseMs?: number;
    readonly deadlineSeconds: number;
    readonly requestBudget?: number;
    readonly blobs: BlobMode;
    readonly shard?: Shard;
}

/** @throws UsageError that names each variable or argument at fault */
export function probeSettings(argv: readonly string[], environment: Environment): ProbeSettings {
    const read = readEnvironment(fields, environment);
    return {
        registry: read.REGISTRY_URL,
        ...credentialsOf(read),
        ...(read.REGISTRY_CA === undefined ? {} : { ca: read.REGISTRY_CA }),
        ...(read.PUSHGATEWAY_URL === undefined ? {} : { gateway: read.PUSHGATEWAY_URL }),
        instance: read.INSTANCE ?? read.REGISTRY_URL.host,
        concurrency: read.CONCURRENCY,
        requestTimeoutMs: read.REQUEST_TIMEOUT_SECONDS * 1000,
        deadlineSeconds: read.DEADLINE_SECONDS,
        ...(read.REQUEST_BUDGET === undefined ? {} : { requestBudget: read.REQUEST_BUDGET }),
        blobs: read.BLOBS,
        ...shardOf(argv, read),
    };
}

function shardOf(
    argv: readonly string[],
    read: { readonly SHARDS?: number | undefined; readonly JOB_COMPLETION_INDEX?: number | undefined },
): { shard?: Shard } {
    const { SHARDS: shards, JOB_COMPLETION_INDEX: position } = read;
    if (argv.length === 0) {
        if (shards === undefined) return {};
        if (position === undefined) throw new UsageError("JOB_COMPLETION_INDEX: is missing, though SHARDS is set");
        if (position >= shards)
            throw new UsageError(`JOB_COMPLETION_INDEX: ${position} is not below SHARDS (${shards})`);
        return { shard: { index: position, count: shards } };
    }
    const [option, text = ""] = argv;
    const [, index = "", count = ""] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
    if (option !== "--shard" || argv.length !== 2 || Number(index) >= Number(count || 0)) {
        throw new UsageError(`Unknown arguments "${argv.join(" ")}"; allowed is --shard i/n with i from 0 to n-1`);
    }
    return { shard: { index: Number(index), count: Number(count) } };
}
