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

/** Whether a path with a wildcard leaves open which thing of a mount it means. The policy pack has the same rule. */
export function coversMount(path: string): boolean {
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
