/** The resource types of the vault package, in the names and defaults of the official one. */

import type { Properties } from "../provider/values.js";
import { secretV2 } from "./kv.js";
import { authMethod, engine, mount } from "./mounts.js";
import type { PropertyTable } from "./properties.js";
import { document, type Row } from "./types.js";

const tokenProperties = {
    tokenTtl: { field: "token_ttl", type: "number" },
    tokenMaxTtl: { field: "token_max_ttl", type: "number" },
    tokenExplicitMaxTtl: { field: "token_explicit_max_ttl", type: "number" },
    tokenPeriod: { field: "token_period", type: "number" },
    tokenPolicies: { field: "token_policies", type: "set" },
    tokenNoDefaultPolicy: { field: "token_no_default_policy", type: "boolean" },
    tokenNumUses: { field: "token_num_uses", type: "number" },
    tokenBoundCidrs: { field: "token_bound_cidrs", type: "set" },
    tokenType: { field: "token_type", type: "string", computed: true },
} as const satisfies PropertyTable;

const clusterProperties = {
    kubernetesHost: { field: "kubernetes_host", type: "string" },
    kubernetesCaCert: { field: "kubernetes_ca_cert", type: "string" },
    disableLocalCaJwt: { field: "disable_local_ca_jwt", type: "boolean" },
} as const satisfies PropertyTable;

const policy = document(
    {
        name: { field: "name", type: "string", required: true, replace: true, apart: true, autoname: true },
        policy: { field: "policy", type: "string", required: true },
    },
    ({ name }) => String(name),
    (id) => ({ name: id }),
);

/** `<prefix>/<infix>/<name>` as the two properties of a type. */
function splitPath(path: string, pattern: RegExp, names: readonly [string, string]): Properties {
    const match = pattern.exec(path);
    return match === null ? {} : { [names[0]]: match[1] ?? "", [names[1]]: match[2] ?? "" };
}

const slashless = (path: unknown) => String(path).replace(/^\/+|\/+$/g, "");

const authBackendConfig: Row = {
    ...document(
        {
            backend: { field: "backend", type: "string", replace: true, default: "kubernetes", apart: true },
            ...clusterProperties,
            kubernetesHost: { field: "kubernetes_host", type: "string", required: true },
            kubernetesCaCert: { field: "kubernetes_ca_cert", type: "string", computed: true },
            disableLocalCaJwt: { field: "disable_local_ca_jwt", type: "boolean", computed: true },
            disableIssValidation: { field: "disable_iss_validation", type: "boolean", computed: true },
            issuer: { field: "issuer", type: "string" },
            pemKeys: { field: "pem_keys", type: "list" },
            tokenReviewerJwt: { field: "token_reviewer_jwt", type: "string", writeOnly: true },
        },
        ({ backend }) => `auth/${slashless(backend)}/config`,
        (id) => splitPath(id, /^auth\/(.+)\/(config)$/, ["backend", "__path"]),
    ),
    // Vault keeps the configuration as long as the method is mounted.
    delete: async () => {},
};

const authBackendRole = document(
    {
        backend: { field: "backend", type: "string", replace: true, default: "kubernetes", apart: true },
        roleName: { field: "role_name", type: "string", required: true, replace: true, apart: true },
        boundServiceAccountNames: { field: "bound_service_account_names", type: "set", required: true },
        boundServiceAccountNamespaces: { field: "bound_service_account_namespaces", type: "set" },
        boundServiceAccountNamespaceSelector: { field: "bound_service_account_namespace_selector", type: "string" },
        audience: { field: "audience", type: "string" },
        aliasNameSource: { field: "alias_name_source", type: "string", computed: true },
        ...tokenProperties,
    },
    ({ backend, roleName }) => `auth/${slashless(backend)}/role/${slashless(roleName)}`,
    (id) => splitPath(id, /^auth\/(.+)\/role\/(.+)$/, ["backend", "roleName"]),
);

const secretBackendRole = document(
    {
        backend: { field: "backend", type: "string", required: true, replace: true, apart: true },
        name: { field: "name", type: "string", required: true, replace: true, apart: true, autoname: true },
        allowedKubernetesNamespaces: { field: "allowed_kubernetes_namespaces", type: "list" },
        allowedKubernetesNamespaceSelector: { field: "allowed_kubernetes_namespace_selector", type: "string" },
        tokenDefaultTtl: { field: "token_default_ttl", type: "number", default: 0 },
        tokenMaxTtl: { field: "token_max_ttl", type: "number", default: 0 },
        tokenDefaultAudiences: { field: "token_default_audiences", type: "set" },
        serviceAccountName: { field: "service_account_name", type: "string" },
        kubernetesRoleName: { field: "kubernetes_role_name", type: "string" },
        kubernetesRoleType: { field: "kubernetes_role_type", type: "string", default: "Role" },
        generatedRoleRules: { field: "generated_role_rules", type: "string" },
        nameTemplate: { field: "name_template", type: "string" },
        extraAnnotations: { field: "extra_annotations", type: "map" },
        extraLabels: { field: "extra_labels", type: "map" },
    },
    ({ backend, name }) => `${slashless(backend)}/roles/${String(name)}`,
    (id) => splitPath(id, /^(.+)\/roles\/(.+)$/, ["backend", "name"]),
);

/** Token to row. */
export const table: Readonly<Record<string, Row>> = {
    "vault:index/policy:Policy": { ...policy, ...policyPaths() },
    "vault:index/mount:Mount": mount,
    "vault:index/authBackend:AuthBackend": authMethod,
    "vault:kubernetes/authBackendConfig:AuthBackendConfig": authBackendConfig,
    "vault:kubernetes/authBackendRole:AuthBackendRole": authBackendRole,
    "vault:kubernetes/secretBackend:SecretBackend": engine(
        {
            ...clusterProperties,
            disableLocalCaJwt: { ...clusterProperties.disableLocalCaJwt, default: false },
            serviceAccountJwt: { field: "service_account_jwt", type: "string", writeOnly: true },
        },
        "kubernetes",
    ),
    "vault:kubernetes/secretBackendRole:SecretBackendRole": secretBackendRole,
    "vault:kv/secretV2:SecretV2": secretV2,
};

/** The id of a policy is its name alone. */
function policyPaths(): Pick<Row, "create" | "read" | "update" | "delete"> {
    const path = (id: string) => `sys/policies/acl/${id}`;
    return {
        create: (vault, id, ...rest) => policy.create(vault, path(id), ...rest),
        read: (vault, id, known) => policy.read(vault, path(id), known),
        update: (vault, id, body, change) => policy.update(vault, path(id), body, change).then(() => id),
        delete: (vault, id, state) => policy.delete(vault, path(id), state),
    };
}
