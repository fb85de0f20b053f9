import { ownSources } from "../../config/secretSync.js";
import type { SecretSync } from "../../config/settings.js";
import { pathsOf } from "../../jobs/secret-sync/mapping.js";
import { type PathRule, revokeSelf } from "../vault/policy.js";

/** What the sync may ask of Vault: to read exactly the secrets it needs, and to end its own token. */
export function syncRules(sync: SecretSync): PathRule[] {
    const paths = new Set([...pathsOf(sync.mapping), ...ownSources(sync).map(({ path }) => path)]);
    const mount = sync.vault.mounts.kv;
    return [
        revokeSelf,
        ...[...paths].map((path): PathRule => ({ path: `${mount}/data/${path}`, capabilities: ["read"] })),
    ];
}
