import { z } from "zod";
import { coversMount } from "./vaultPath.js";

const form = /^(?!.*\.\.)[\w.-]+(\/[\w.-]+)+(\/\*|\*)?$/;
/** One path of Vault's API, mount included, and what may be done there; `*` at its end stands for any rest of a name. */
export const vaultRight = z.strictObject({
    path: z
        .string()
        .regex(form, "is not a path of Vault's API with its mount, such as secret/data/ci/infra")
        .refine((path) => !coversMount(path), "covers a whole mount: name the secret, or a folder of it")
        .refine(
            (path) => !/^sys\/.*\*/.test(path),
            "covers more of Vault's own configuration than is known here: name each path below sys/",
        ),
    capabilities: z.array(z.enum(["create", "read", "update", "delete", "list"])).min(1),
});
