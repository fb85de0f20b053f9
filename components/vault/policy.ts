import { coversMount } from "../../config/vaultPath.js";

/** What a Vault policy may allow on one path; `sudo` and `deny` have no use here. */
export type Capability = "create" | "read" | "update" | "delete" | "list";

/** Exact path, or a path ending in `/*` below a prefix of at least two segments. */
export interface PathRule {
    readonly path: string;
    readonly capabilities: readonly Capability[];
}

/** Lets a token end itself; needed by every role that drops the default policy. */
export const revokeSelf: PathRule = { path: "auth/token/revoke-self", capabilities: ["update"] };

/**
 * Renders rules as the text of a Vault policy.
 *
 * Vault compares policy text verbatim, so equal rules give equal text: paths and capabilities are sorted,
 * rules on one path merged. Drift of a policy then always means a change of meaning.
 *
 * @throws RangeError on a wildcard that covers a whole mount
 */
export function renderPolicy(rules: readonly PathRule[]): string {
    const byPath = new Map<string, Set<Capability>>();
    for (const { path, capabilities } of rules) {
        refuseMountWildcard(path);
        const known = byPath.get(path) ?? new Set();
        for (const capability of capabilities) known.add(capability);
        byPath.set(path, known);
    }
    return [...byPath]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(renderRule)
        .join("\n");
}

function renderRule([path, capabilities]: [string, Set<Capability>]): string {
    const list = [...capabilities]
        .sort()
        .map((c) => JSON.stringify(c))
        .join(", ");
    return `path ${JSON.stringify(path)} {\n  capabilities = [${list}]\n}\n`;
}

function refuseMountWildcard(path: string): void {
    if (coversMount(path)) {
        throw new RangeError(`policy path "${path}" covers a whole mount; name the secret or a folder of it`);
    }
}
