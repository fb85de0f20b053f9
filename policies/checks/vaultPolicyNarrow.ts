import type { Check, Violation } from "../lib/check.js";
import { type PolicyPath, parseVaultPolicy } from "../lib/vaultPolicy.js";

export const vaultPolicyNarrow: Check = {
    name: "vault-policy-is-narrow",
    description:
        "Vault policies hold no wildcard over a whole mount, none with which Vault itself is changed, and no sudo.",
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
        ...(changesSystem(path, capabilities)
            ? [{ subject: path, message: `path "${path}" lets more of Vault itself be changed than it names` }]
            : []),
        ...(capabilities.some((c) => c === "sudo" || c === "root")
            ? [{ subject: path, message: `path "${path}" allows ${capabilities.join(", ")}` }]
            : []),
    ];
}

/** Whoever may write any policy, or any mount, can give himself everything. */
function changesSystem(path: string, capabilities: readonly string[]): boolean {
    const reads = capabilities.every((capability) => capability === "read" || capability === "list");
    return !reads && /^sys\/.*[*+]/.test(path);
}

/** Segments that say what kind of thing follows, not which. */
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
    "keys",
    "encrypt",
    "decrypt",
];
/** The same for the mount of a KV store, whose own path may hold any word before it. */
const ofStore = ["data", "metadata"];

/** Whether a path with a wildcard leaves open which thing of a mount it means. */
function coversMount(path: string): boolean {
    const wildcard = path.search(/\*|(?<=^|\/)\+(?=\/|$)/);
    if (wildcard < 0) return false;
    // Auth methods are mounted one level down.
    const fixed = path.slice(0, wildcard).replace(/^auth\//, "");
    const [mount, ...below] = fixed.split("/").filter((segment) => segment !== "");
    const last = below.at(-1);
    if (mount === undefined || last === undefined) return true;
    if (ofStore.includes(last)) return true;
    // A mount has one segment or more; behind the first kind come names, of which one may be such a word too.
    if (below.slice(0, -1).some((segment) => kinds.includes(segment))) return false;
    return kinds.includes(last) || (!fixed.endsWith("/") && kinds.some((kind) => kind.startsWith(last)));
}
