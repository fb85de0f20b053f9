import { type Finding, finding } from "../finding.js";
import { logicalName, type StateResource } from "../state.js";
import { type Audited, type Auditor, auditEach, nothing, together } from "./auditor.js";
import type { JsonReader } from "./json.js";
import { shown } from "./shown.js";
import { policyPaths, reaches } from "./vaultPolicy.js";

const types = {
    policy: "vault:index/policy:Policy",
    method: "vault:index/authBackend:AuthBackend",
    engine: "vault:kubernetes/secretBackend:SecretBackend",
    methodConfig: "vault:kubernetes/authBackendConfig:AuthBackendConfig",
    methodRole: "vault:kubernetes/authBackendRole:AuthBackendRole",
    engineRole: "vault:kubernetes/secretBackendRole:SecretBackendRole",
} as const;

type Data = Readonly<Record<string, unknown>>;

/** A document of Vault, and what its undeclared fields hold when nobody set them. */
interface DocumentKind {
    readonly type: string;
    readonly path: (resource: StateResource) => string;
    readonly defaults: Data;
    /** Second names and what the server adds. */
    readonly skip: ReadonlySet<string>;
}

const tokenAliases = ["ttl", "max_ttl", "policies", "period", "num_uses", "bound_cidrs"];

const documents: readonly DocumentKind[] = [
    {
        type: types.methodRole,
        path: ({ inputs }) => `auth/${slashless(inputs.backend)}/role/${inputs.roleName}`,
        defaults: { alias_name_source: "serviceaccount_uid", token_type: "default" },
        skip: new Set(tokenAliases),
    },
    {
        type: types.engineRole,
        path: ({ inputs }) => `${slashless(inputs.backend)}/roles/${inputs.name}`,
        defaults: { kubernetes_role_type: "Role" },
        skip: new Set(["name"]),
    },
    {
        type: types.methodConfig,
        path: ({ inputs }) => `auth/${slashless(inputs.backend)}/config`,
        defaults: { disable_iss_validation: true },
        skip: new Set(["token_reviewer_jwt_set"]),
    },
];

/** Looks at what stands in Vault beside the declared policies and roles, and at fields the provider takes as they come. */
export function vaultAuditor(stack: string, state: readonly StateResource[], connect: () => JsonReader): Auditor {
    return {
        system: "Vault",
        async audit(): Promise<Audited> {
            const ours = state.filter(({ type }) => type.startsWith("vault:"));
            if (ours.length === 0) return nothing;
            const api = connect();
            const ofType = (type: string) => ours.filter((each) => each.type === type);
            const mounts = [
                ...ofType(types.method).map((each) => ({
                    each,
                    at: `auth/${pathOf(each)}`,
                    roles: "role",
                    list: types.methodRole,
                })),
                ...ofType(types.engine).map((each) => ({
                    each,
                    at: pathOf(each),
                    roles: "roles",
                    list: types.engineRole,
                })),
            ];
            const roles = await auditEach(
                mounts,
                ({ at, list }) => ({ resource: `vault ${at}`, type: list, name: `roles of ${at}` }),
                ({ at, roles, list }) => strayRoles(stack, api, `${at}/${roles}`, ofType(list), list),
            );
            const tuned = await auditEach(
                mounts,
                ({ each, at }) => ({ resource: each.urn, type: each.type, name: `mount ${at}` }),
                ({ each, at }) => tuning(stack, api, each, at),
            );
            const fields = await auditEach(
                documents.flatMap((kind) => ofType(kind.type).map((resource) => ({ kind, resource }))),
                ({ resource }) => ({ resource: resource.urn, type: resource.type, name: logicalName(resource.urn) }),
                ({ kind, resource }) => undeclaredFields(stack, api, kind, resource),
            );
            const policies = await auditEach(
                ofType(types.policy).length > 0 ? ["sys/policies/acl"] : [],
                (path) => ({ resource: `vault ${path}`, type: types.policy, name: "all policies" }),
                () =>
                    strayPolicies(
                        stack,
                        api,
                        ofType(types.policy),
                        mounts.map(({ at }) => at),
                    ),
            );
            return together(roles, tuned, fields, policies);
        },
    };
}

const slashless = (path: unknown) => String(path).replace(/^\/+|\/+$/g, "");
const pathOf = ({ inputs, outputs }: StateResource) => slashless(outputs.path ?? inputs.path);

async function dataOf(api: JsonReader, path: string): Promise<Data | undefined> {
    return (await api.get<{ data?: Data }>(`v1/${path}`))?.data;
}

async function keysOf(api: JsonReader, path: string): Promise<string[]> {
    const keys = (await dataOf(api, `${path}?list=true`))?.keys;
    return Array.isArray(keys) ? keys.map(String) : [];
}

async function strayRoles(
    stack: string,
    api: JsonReader,
    path: string,
    declared: readonly StateResource[],
    type: string,
): Promise<Finding[]> {
    const mount = path.replace(/^auth\//, "").replace(/\/roles?$/, "");
    const names = declared
        .filter(({ inputs }) => slashless(inputs.backend) === mount)
        .map(({ inputs }) => String(inputs.roleName ?? inputs.name));
    const stray = (await keysOf(api, path)).filter((name) => !names.includes(name));
    return stray.map((name) =>
        extra(stack, `${path}/${name}`, type, `role ${path}/${name}`, "hands out credentials of this mount"),
    );
}

/** Policies of others that reach into a managed mount; what else Vault holds is nobody's business here. */
async function strayPolicies(
    stack: string,
    api: JsonReader,
    declared: readonly StateResource[],
    mounts: readonly string[],
): Promise<Finding[]> {
    const names = new Set(["root", "default", ...declared.map(({ inputs }) => String(inputs.name))]);
    const found: Finding[] = [];
    for (const name of (await keysOf(api, "sys/policies/acl")).filter((each) => !names.has(each))) {
        const text = String((await dataOf(api, `sys/policies/acl/${encodeURIComponent(name)}`))?.policy ?? "");
        const reached = policyPaths(text).filter((path) => mounts.some((mount) => reaches(path, mount)));
        if (reached.length === 0) continue;
        found.push(
            extra(stack, `sys/policies/acl/${name}`, types.policy, `policy ${name}`, `reaches ${reached.join(", ")}`),
        );
    }
    return found;
}

function extra(stack: string, path: string, type: string, name: string, live: string): Finding {
    return finding({
        stack,
        kind: "extra",
        cause: "undeclared",
        resource: `vault ${path}`,
        type,
        name,
        seenBy: "audit",
        differences: [{ path: "", live }],
        accept: "declare it in the program, or list it under cicd:drift.expected with a reason",
        mend: `vault delete ${path}`,
    });
}

/** Fields that nobody declared and that hold something: some the provider takes as they come. */
async function undeclaredFields(
    stack: string,
    api: JsonReader,
    kind: DocumentKind,
    resource: StateResource,
): Promise<Finding[]> {
    const path = kind.path(resource);
    const live = await dataOf(api, path);
    if (!live) return [];
    const differences = Object.entries(live)
        .filter(([field, value]) => {
            if (kind.skip.has(field) || resource.inputs[camelCase(field)] !== undefined) return false;
            return isSet(value) && value !== kind.defaults[field];
        })
        .map(([field, value]) => ({ path: camelCase(field), live: shown(value, field) ?? "" }));
    if (resource.inputs.tokenReviewerJwt !== undefined && live.token_reviewer_jwt_set === false) {
        differences.push({ path: "tokenReviewerJwt", live: "not set" });
    }
    return fieldFinding(stack, resource, path, differences);
}

/** How a mount was tuned; the declaration says nothing of it, so that it must be as it was made. */
async function tuning(stack: string, api: JsonReader, resource: StateResource, at: string): Promise<Finding[]> {
    const auth = at.startsWith("auth/");
    const all = await dataOf(api, auth ? "sys/auth" : "sys/mounts");
    const mount = all?.[`${auth ? at.slice("auth/".length) : at}/`] as { config?: Data } | undefined;
    if (!mount) return [];
    const declared = resource.inputs as Readonly<Record<string, unknown>>;
    const differences = Object.entries(mount.config ?? {})
        .filter(([field, value]) => {
            if (field === "token_type" || field === "force_no_cache")
                return value !== "default-service" && Boolean(value);
            return (
                isSet(value) &&
                declared[camelCase(field)] === undefined &&
                declared[`${camelCase(field)}Seconds`] === undefined
            );
        })
        .map(([field, value]) => ({ path: `config.${camelCase(field)}`, live: shown(value, field) ?? "" }));
    return fieldFinding(stack, resource, `sys/${auth ? at : `mounts/${at}`}/tune`, differences);
}

function fieldFinding(
    stack: string,
    resource: StateResource,
    path: string,
    differences: readonly { path: string; live: string }[],
): Finding[] {
    if (differences.length === 0) return [];
    return [
        finding({
            stack,
            kind: "extra",
            cause: "undeclared",
            resource: resource.urn,
            type: resource.type,
            name: path,
            seenBy: "audit",
            differences,
            accept: "declare the field in the program, or list it under cicd:drift.expected with a reason",
            mend: `vault write ${path} ${differences.map((each) => `${snakeCase(each.path)}=…`).join(" ")}   # as it was`,
        }),
    ];
}

function isSet(value: unknown): boolean {
    if (Array.isArray(value)) return value.length > 0;
    if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
    return Boolean(value);
}

/** `config.maxLeaseTtl` -> `max_lease_ttl`. */
function snakeCase(path: string): string {
    return path.replace(/^config\./, "").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(field: string): string {
    return field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
