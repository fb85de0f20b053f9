import { UsageError } from "../errors.js";

/** A reference to one image in a registry. */
export interface ImageReference {
    /** Host and port; absent where the text does not name one. */
    readonly host?: string;
    readonly repository: string;
    /** Tag, or digest with its algorithm. */
    readonly reference: string;
}

const REPOSITORY = /^[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$/;

/**
 * Reads `[host[:port]/]repository:tag` or `…@digest`. Tag or digest must be there: "latest" by default would check
 * another image than the one that was just pushed.
 *
 * @throws UsageError
 */
export function parseReference(text: string): ImageReference {
    const first = text.split("/", 1)[0] ?? "";
    const named = text.includes("/") && (/[.:]/.test(first) || first === "localhost");
    const rest = named ? text.slice(first.length + 1) : text;
    const [beforeDigest = "", digest] = rest.split("@", 2);
    const [repository = "", tag] = beforeDigest.split(":", 2);
    const reference = digest ?? tag;
    if (reference === undefined) throw new UsageError(`"${text}" has neither tag nor digest`);
    if (!REPOSITORY.test(repository)) throw new UsageError(`"${text}": "${repository}" is not a repository name`);
    if (digest === undefined ? !TAG.test(reference) : !DIGEST.test(reference)) {
        throw new UsageError(`"${text}": "${reference}" is not a ${digest === undefined ? "tag" : "digest"}`);
    }
    return { ...(named && { host: first }), repository, reference };
}
