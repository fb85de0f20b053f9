/** A place in an object: keys and positions. */
export type Path = readonly (string | number)[];

/** `spec.rules[1]["a/b"]`. */
export function pathText(path: Path): string {
    return path
        .map((step) => {
            if (typeof step === "number") return `[${step}]`;
            return /^[A-Za-z_$][\w$-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
        })
        .join("")
        .replace(/^\./, "");
}

/** The form without positions, for tables: `spec.rules[].verbs`. */
export function shapeText(path: Path): string {
    return path
        .map((step) => (typeof step === "number" ? "[]" : `.${step}`))
        .join("")
        .replace(/^\./, "");
}

/** RFC 6901. */
export function jsonPointer(path: Path): string {
    return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
