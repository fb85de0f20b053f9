import type { Check } from "../lib/check.js";
import { type Properties, unknownYet } from "../lib/resource.js";

/** Half an hour. */
const most = 1800;

export const vaultTokenShort: Check = {
    name: "vault-token-is-short-lived",
    description: "Tokens that a Vault role gives live for at most 30 minutes.",
    why: "A token from a log or a stolen pod is worth as much as it has time left; without a limit that is Vault's default of 32 days.",
    remedy: "Set tokenTtl and tokenMaxTtl (tokenDefaultTtl and tokenMaxTtl for Kubernetes tokens) to 1800 seconds or less, and leave tokenPeriod out.",
    severity: "high",
    find: ({ type, name, properties }) => {
        const keys = limitsOf(type);
        return [
            ...keys
                .filter((key) => !isShort(properties, key))
                .map((key) => ({ subject: name, message: `${key} is ${String(properties[key] ?? "not set")}` })),
            ...(keys.length > 0 && properties.tokenPeriod
                ? [
                      {
                          subject: name,
                          message: `tokenPeriod ${String(properties.tokenPeriod)} lets a token be renewed for ever`,
                      },
                  ]
                : []),
        ];
    },
};

function limitsOf(type: string): string[] {
    if (type === "vault:kubernetes/secretBackendRole:SecretBackendRole") return ["tokenDefaultTtl", "tokenMaxTtl"];
    return /^vault:\w+\/authBackendRole:AuthBackendRole$/.test(type) ? ["tokenTtl", "tokenMaxTtl"] : [];
}

function isShort(properties: Properties, key: string): boolean {
    const seconds = properties[key];
    return seconds === unknownYet || (typeof seconds === "number" && seconds > 0 && seconds <= most);
}
