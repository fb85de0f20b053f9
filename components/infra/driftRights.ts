import type { InfraPipelineName } from "../../config/infra.js";
import { deployRole, pipelineRole, SYNC_ROLE } from "../vault/names.js";
import type { PathRule } from "../vault/policy.js";
import { type InfraContext, kvPath, ownIdentity } from "./pipeline.js";

/** What a preview with refresh reads in Vault: each secret the program takes from there, and each thing it declares there. */
export function driftRights({ infra, reads = [] }: InfraContext, vaultUsers: readonly InfraPipelineName[]): PathRule[] {
    const { vault, declared } = infra;
    const { kubernetesAuth, kubernetesSecrets } = vault.mounts;
    const roles = [
        ...(declared.apps.length > 0 ? [pipelineRole] : []),
        ...(declared.secretSync ? [SYNC_ROLE] : []),
        ...[...vaultUsers, "drift-detection" as const].map(ownIdentity),
    ];
    const mounts = [
        "sys/auth",
        "sys/mounts",
        `sys/auth/${kubernetesAuth}`,
        `sys/mounts/auth/${kubernetesAuth}/tune`,
        `sys/mounts/${kubernetesSecrets}`,
        `sys/mounts/${kubernetesSecrets}/tune`,
        `auth/${kubernetesAuth}/config`,
        `${kubernetesSecrets}/config`,
    ];
    return [
        "auth/token/lookup-self",
        ...reads.map((path) => kvPath(infra, path)),
        ...roles.flatMap((role) => [`sys/policies/acl/${role}`, `auth/${kubernetesAuth}/role/${role}`]),
        ...declared.apps.map((app) => `${kubernetesSecrets}/roles/${deployRole(app)}`),
        ...(vault.adoptMounts ? [] : mounts),
    ].map((path) => ({ path, capabilities: ["read"] }));
}
