import { z } from "zod";
import { dnsLabel, mountPath, serverUrl, vaultValue } from "./primitives.js";

const mounts = z.strictObject({
    /** KV version 2. */
    kv: mountPath.default("secret"),
    /** Auth method that knows the cluster's ServiceAccounts. */
    kubernetesAuth: mountPath.default("kubernetes"),
    /** Secrets engine that mints ServiceAccount tokens. */
    kubernetesSecrets: mountPath.default("kubernetes"),
});

const kubernetes = z.strictObject({
    /** API server as Vault reaches it. */
    host: serverUrl.default("https://kubernetes.default.svc"),
    /** The cluster's CA certificate, for a Vault outside the cluster; inside, Vault has its own copy. */
    ca: vaultValue.optional(),
    /** Token with which Vault reviews and mints tokens, for a Vault outside the cluster. */
    reviewer: vaultValue.optional(),
    /** Audience of the ServiceAccount tokens that pods get. */
    audience: z.string().min(1).default("https://kubernetes.default.svc.cluster.local"),
    /** Vault's own ServiceAccount, the bearer of `reviewer`. */
    serviceAccount: z
        .strictObject({ name: dnsLabel, namespace: dnsLabel })
        .default({ name: "vault", namespace: "vault" }),
});

/** `cicd:vault`: who hands out the credentials of a deploy. */
export const vault = z.strictObject({
    /** As the operator reaches it. */
    address: serverUrl,
    /** As steps and programs in the cluster reach it; `address` when left out. */
    inClusterAddress: serverUrl.optional(),
    mounts: mounts.prefault({}),
    /** The mounts exist and are configured by somebody else: only roles and policies are declared. */
    adoptMounts: z.boolean().default(false),
    kubernetes: kubernetes.prefault({}),
});

export type Vault = z.infer<typeof vault>;
