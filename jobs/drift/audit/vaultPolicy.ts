/** Paths that a policy names, in either of its two notations: HCL and JSON. */
export function policyPaths(text: string): string[] {
    try {
        const { path } = JSON.parse(text) as { readonly path?: unknown };
        const blocks = Array.isArray(path) ? path : [path];
        return blocks.flatMap((block) => Object.keys((block as object | undefined) ?? {}));
    } catch {
        return [...text.matchAll(/(?:^|[\s}])"?path"?\s*"([^"]+)"/g)].map((match) => match[1] ?? "");
    }
}

/**
 * Whether a path of a policy covers anything below a mount: `+` stands for one segment, `*` at the end for any rest.
 *
 * https://developer.hashicorp.com/vault/docs/concepts/policies#policy-syntax
 *
 * @param mount without a slash at the end
 */
export function reaches(path: string, mount: string): boolean {
    const isPrefix = path.endsWith("*");
    const named = (isPrefix ? path.slice(0, -1) : path).split("/");
    const wanted = mount.split("/");
    const last = named.length - 1;
    for (const [index, segment] of wanted.entries()) {
        const name = named[index];
        if (name === undefined) return false;
        // A glob may end within a segment: `auth/kube*`.
        if (isPrefix && index === last) return segment.startsWith(name);
        if (name !== "+" && name !== segment) return false;
    }
    return named.length > wanted.length;
}
