import type { Check, Violation } from "../lib/check.js";
import { type PolicyPath, parseVaultPolicy } from "../lib/vaultPolicy.js";

export const vaultPolicyNarrow: Check = {
    name: "vault-policy-is-narrow",
    description: "Vault policies hold no wildcard over a whole mount, and no sudo.",
    why: "`secret/data/*` hands every secret of the house to one pipeline, those of next year among them.",
    remedy: "Name the secret, the role, or a folder of secrets: `secret/data/ci/website`, `kubernetes/creds/website-deployer`.",
    severity: "critical",
    find: ({ type, properties: { policy } }) => {
        if (type !== "vault:index/policy:Policy" || typeof policy !== "string") return [];
        const paths = parseVaultPolicy(policy);
        return paths ? paths.flatMap(judge) : [{ subject: "policy", message: "the text of the policy cannot be read" }];
    },
};

function judge({ path, capabilities }: PolicyPath): Violation[] {
    if (capabilities.includes("deny")) return [];
    return [
        ...(coversMount(path) ? [{ subject: path, message: `path "${path}" covers a whole mount` }] : []),
        ...(capabilities.some((c) => c === "sudo" || c === "root")
            ? [{ subject: path, message: `path "${path}" allows ${capabilities.join(", ")}` }]
            : []),
    ];
}

/** First segment below a mount that says what kind of thing follows, not which. */
const kinds = [
    "data",
    "metadata",
    "delete",
    "undelete",
    "destroy",
    "subkeys",
    "creds",
    "static-creds",
    "role",
    "roles",
    "config",
];

/** Whether a path with a wildcard leaves open which thing of a mount it means. */
function coversMount(path: string): boolean {
    const wildcard = path.search(/\*|(?<=^|\/)\+(?=\/|$)/);
    if (wildcard < 0) return false;
    // Auth methods are mounted one level down.
    const fixed = path.slice(0, wildcard).replace(/^auth\//, "");
    const [mount, ...below] = fixed.split("/").filter((segment) => segment !== "");
    if (mount === undefined || below.length === 0) return true;
    const [kind = "", ...names] = below;
    const open = !fixed.endsWith("/") && names.length === 0;
    const isKind = kinds.includes(kind) || (open && kinds.some((known) => known.startsWith(kind)));
    return isKind && names.length === 0;
}
