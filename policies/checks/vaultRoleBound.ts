import type { Check, Violation } from "../lib/check.js";
import { listOf, type Resource, unknownYet, type Value } from "../lib/resource.js";

export const vaultRoleBound: Check = {
    name: "vault-role-is-bound",
    description: "Vault roles bind named ServiceAccounts, named namespaces and an audience, and give no token of root.",
    why: "A wildcard lets every pod log in as the pipeline; without an audience a token that was made for another server will do.",
    remedy: "Name the ServiceAccounts and namespaces one by one, and set `audience` (Kubernetes) or `boundAudiences` with a bound subject or claims (JWT).",
    severity: "critical",
    find: (resource) => rules[resource.type]?.(resource) ?? [],
};

const rules: Readonly<Record<string, (resource: Resource) => Violation[]>> = {
    "vault:kubernetes/authBackendRole:AuthBackendRole": ({ name, properties }) => [
        ...named("boundServiceAccountNames", name, properties.boundServiceAccountNames),
        ...named("boundServiceAccountNamespaces", name, properties.boundServiceAccountNamespaces),
        ...present("audience", name, properties.audience),
        ...absent("boundServiceAccountNamespaceSelector", name, properties.boundServiceAccountNamespaceSelector),
        ...noRoot(name, properties.tokenPolicies),
    ],
    "vault:kubernetes/secretBackendRole:SecretBackendRole": ({ name, properties }) => [
        ...named("allowedKubernetesNamespaces", name, properties.allowedKubernetesNamespaces),
        ...absent("allowedKubernetesNamespaceSelector", name, properties.allowedKubernetesNamespaceSelector),
    ],
    "vault:jwt/authBackendRole:AuthBackendRole": ({ name, properties }) => [
        ...named("boundAudiences", name, properties.boundAudiences),
        ...(properties.boundSubject || properties.boundClaims
            ? []
            : [{ subject: name, message: "neither boundSubject nor boundClaims is set" }]),
        ...noRoot(name, properties.tokenPolicies),
    ],
};

function named(key: string, subject: string, value: Value): Violation[] {
    if (value === unknownYet) return [];
    const list = listOf(value);
    if (list.length === 0) return [{ subject, message: `${key} is empty` }];
    return list
        .filter((item) => typeof item === "string" && /[*?]/.test(item))
        .map((item) => ({ subject, message: `${key} holds the wildcard "${String(item)}"` }));
}

function present(key: string, subject: string, value: Value): Violation[] {
    return value === undefined || value === null || value === "" ? [{ subject, message: `${key} is not set` }] : [];
}

function absent(key: string, subject: string, value: Value): Violation[] {
    return value === undefined || value === null ? [] : [{ subject, message: `${key} chooses namespaces by label` }];
}

/** Vault knows the policy by this name however it is written, and it allows everything. */
function noRoot(subject: string, policies: Value): Violation[] {
    const isRoot = listOf(policies).some(
        (policy) => typeof policy === "string" && policy.trim().toLowerCase() === "root",
    );
    return isRoot ? [{ subject, message: "tokenPolicies holds root, which allows everything" }] : [];
}
