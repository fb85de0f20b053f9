import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { allowList } from "../jobs/secret-extension/allowList.js";
import { mapping, pathsOf } from "../jobs/secret-sync/mapping.js";
import { certificate, jobAlerts, seconds } from "./job.js";
import { nameServer, peer, pods } from "./networkPolicy.js";
import { dnsLabel } from "./primitives.js";
import type { Blocks } from "./schema.js";
import { ownSources } from "./secretSync.js";

const publicKey = z.string().refine((text) => {
    try {
        return createPublicKey(text).asymmetricKeyType === "ed25519";
    } catch {
        return false;
    }
}, "is not an Ed25519 public key in PEM");

const networkPolicy = z.strictObject({
    vault: peer,
    /** The server: who asks, and where its public key is read. */
    woodpecker: peer,
    /** Who reads the metrics. */
    prometheus: pods.optional(),
    /** Where the cluster's name server is. */
    dns: nameServer,
});

/** `cicd:secretExtension`: serves secrets of Vault to Woodpecker's server when a pipeline is made (3.14 or later). */
export const secretExtension = z.strictObject({
    /** Which pipelines get secrets at all; every other one gets an empty list. */
    allow: allowList,
    /** What goes where, as for the secret sync; that of `secretSync` when left out, or every key of `ci/global`. */
    mapping: mapping.optional(),
    /** Label `extension` of the metrics. */
    instance: z
        .string()
        .regex(/^[\w.-]{1,40}$/, "is not 1 to 40 letters, digits, - . or _")
        .default("vault"),
    /** Namespace of the Deployment; that of Woodpecker when left out. */
    namespace: dnsLabel.optional(),
    /** Declare the namespace too; it goes away, with all that is in it, when the extension does. */
    createNamespace: z.boolean().default(false),
    replicas: z.int().min(1).max(10).default(2),
    /** Public key of the server, PEM: no other one is believed. Read from the server when left out. */
    publicKey: publicKey.optional(),
    /** For how long a secret that was read serves further pipelines; 0: each one reads Vault. */
    cacheSeconds: z.int().min(0).max(3600).default(60),
    /** Secret of type `kubernetes.io/tls` in the namespace, to serve TLS with; plain HTTP when left out. */
    tlsSecret: dnsLabel.optional(),
    /** PEM certificate of a private CA of Vault or Woodpecker. */
    ca: certificate.optional(),
    /** Audience of the token that the pods log in to Vault with, and of nothing else. */
    audience: z.string().min(1).default("vault-secret-extension"),
    /** Lets only these reach the pods, and the pods only these; without it no NetworkPolicy is declared. */
    networkPolicy: networkPolicy.optional(),
    /** Without it no alert is declared. Not asked for `staleAfterSeconds`, the extension counts as passed over. */
    alerts: jobAlerts.extend({ staleAfterSeconds: seconds(300, 604_800).default(93_600) }).optional(),
});

export type SecretExtensionBlock = z.infer<typeof secretExtension>;

/** Blocks without which there is nothing to serve, and nobody to serve it to. */
export function secretExtensionReferences(blocks: Blocks, broken: ReadonlySet<string>): string[] {
    if (!blocks.secretExtension) return [];
    const { secretExtension, secretSync } = blocks;
    const served = secretExtension.mapping ? pathsOf(secretExtension.mapping) : [];
    const own = secretSync ? ownSources(secretSync).map(({ path }) => path) : [];
    return [
        ...(["vault", "woodpecker"] as const)
            .filter((block) => !blocks[block] && !broken.has(block))
            .map((block) => `cicd:secretExtension: needs cicd:${block}, which is switched off`),
        ...new Set(
            served
                .filter((path) => own.includes(path))
                .map((path) => `cicd:secretExtension.mapping: serves "${path}", which is the secret sync's own`),
        ),
    ];
}
