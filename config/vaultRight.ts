import { z } from "zod";

const form = /^(?!.*\.\.)[\w.-]+(\/[\w.-]+)+(\/\*|\*)?$/;
/** Segments that say what kind of thing follows, not which. */
const kinds = new Set([
    "auth",
    "data",
    "metadata",
    "creds",
    "static-creds",
    "role",
    "roles",
    "keys",
    "encrypt",
    "decrypt",
]);

/** One path of Vault's API, mount included, and what may be done there; `*` at its end stands for any rest of a name. */
export const vaultRight = z.strictObject({
    path: z
        .string()
        .regex(form, "is not a path of Vault's API with its mount, such as secret/data/ci/infra")
        .refine((path) => !coversMount(path), "covers a whole mount: name the secret, or a folder of it"),
    capabilities: z.array(z.enum(["create", "read", "update", "delete", "list"])).min(1),
});

function coversMount(path: string): boolean {
    if (!path.endsWith("*")) return false;
    const named = path.slice(0, -1).split("/");
    return named.filter((segment) => segment !== "" && !kinds.has(segment)).length < 2;
}
