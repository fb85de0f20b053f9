import { z } from "zod";
import { dnsLabel, vaultValue } from "./primitives.js";
import type { Blocks } from "./schema.js";

/** As image names begin with it: host, and port where it has one. */
const registryHost = z
    .string()
    .regex(
        /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?$/,
        "is not a registry's host as image names have it, such as registry.example.org:5000",
    );

const registry = z.strictObject({
    /** Every name that image names know it by, as registry.example.org:5000. */
    hosts: z.array(registryHost).min(1),
    username: vaultValue,
    password: vaultValue,
});

/** Namespaces whose events Kyverno does not look at: a credential rotated there would reach nobody. */
export const unseenNamespaces: ReadonlySet<string> = new Set([
    "kyverno",
    "kube-system",
    "kube-public",
    "kube-node-lease",
]);

/** Kyverno labels copies with the policy's name, and a label holds 63 characters. */
const secretName = dnsLabel.max(58);

/** `cicd:credentialSync`: the registries' credential in every namespace, put there and kept current by Kyverno. */
export const credentialSync = z
    .strictObject({
        /** Namespace that holds the source and nothing else; declared by the program, and kept when the block goes. */
        sourceNamespace: dnsLabel.default("registry-credentials"),
        /** Of the source, and of the copy in each namespace: what pods name under imagePullSecrets. */
        secretName: secretName.default("registry-credentials"),
        /** Whose credentials the Secret holds. */
        registries: z.array(registry).min(1),
        /** Namespaces that get no copy. Each must exist: a misspelt one would get it. */
        excludedNamespaces: z.array(dnsLabel).default(["kube-node-lease", "kube-public", "kube-system"]),
        /** Kyverno's interface: ClusterPolicy up to 1.19, GeneratingPolicy from 1.19.1. */
        api: z.enum(["ClusterPolicy", "GeneratingPolicy"]).default("ClusterPolicy"),
    })
    .superRefine((block, context) => {
        const issue = (path: (string | number)[], message: string) =>
            context.addIssue({ code: "custom", path, message });
        if (unseenNamespaces.has(block.sourceNamespace)) {
            issue(
                ["sourceNamespace"],
                "is one that Kyverno does not watch, so that no rotation would be seen; name another",
            );
        }
        if (block.excludedNamespaces.includes(block.sourceNamespace)) {
            issue(["sourceNamespace"], "is among excludedNamespaces; name one of its own, it gets no copy anyway");
        }
        const seen = new Map<string, number>();
        for (const [i, { hosts }] of block.registries.entries()) {
            for (const [j, host] of hosts.entries()) {
                const first = seen.get(host);
                if (first === undefined) seen.set(host, i);
                else issue(["registries", i, "hosts", j], `is named by registries.${first} already`);
            }
        }
    });

export type CredentialSyncBlock = z.infer<typeof credentialSync>;

/** Everything it takes from Vault, by key of the stack file. */
export function credentialSources({ registries }: CredentialSyncBlock) {
    return registries.flatMap(({ username, password }, i) =>
        Object.entries({ username, password }).map(
            ([name, source]) => [`cicd:credentialSync.registries.${i}.${name}`, source] as const,
        ),
    );
}

/** Namespaces that the program itself makes, so that they need not exist before. */
export function ownNamespaces({ integrityProbe, secretSync, woodpecker, credentialSync }: Blocks): string[] {
    return [
        integrityProbe?.createNamespace ? integrityProbe.namespace : undefined,
        secretSync?.createNamespace ? (secretSync.namespace ?? woodpecker?.namespace) : undefined,
        credentialSync?.sourceNamespace,
    ].filter((name) => name !== undefined);
}
