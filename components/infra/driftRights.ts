import type { InfraPipelineName } from "../../config/infra.js";
import { deployRole, EXTENSION_ROLE, pipelineRole, SYNC_ROLE } from "../vault/names.js";
import type { PathRule } from "../vault/policy.js";
import { type InfraContext, kvPath, ownIdentity } from "./pipeline.js";

/** What a preview with refresh reads in Vault: each secret the program takes from there, and each thing it declares there. */
export function driftRights({ infra, reads = [] }: InfraContext, vaultUsers: readonly InfraPipelineName[]): PathRule[] {
    const { vault, declared } = infra;
    const { kubernetesAuth, kubernetesSecrets } = vault.mounts;
    const roles = [
        ...(declared.apps.length > 0 ? [pipelineRole] : []),
        ...(declared.secretSync ? [SYNC_ROLE] : []),
        ...(declared.secretExtension ? [EXTENSION_ROLE] : []),
        ...[...vaultUsers, "drift-detection" as const].map(ownIdentity),
    ];
    // What nobody declared stands beside it: the audit lists, and reads the policies it does not know.
    const lists = ["sys/policies/acl", `auth/${kubernetesAuth}/role`, `${kubernetesSecrets}/roles`];
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
    const read = [
        "auth/token/lookup-self",
        "sys/policies/acl/*",
        ...[...reads, ...declared.syncReads].map((path) => kvPath(infra, path)),
        ...roles.flatMap((role) => [`sys/policies/acl/${role}`, `auth/${kubernetesAuth}/role/${role}`]),
        ...declared.apps.map((app) => `${kubernetesSecrets}/roles/${deployRole(app)}`),
        ...(vault.adoptMounts ? [] : mounts),
    ];
    return [
        ...read.map((path): PathRule => ({ path, capabilities: ["read"] })),
        ...lists.map((path): PathRule => ({ path, capabilities: ["list"] })),
    ];
}
