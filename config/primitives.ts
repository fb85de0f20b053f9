import { z } from "zod";

/** First eight characters of a commit SHA: the only form of image tag the pipeline deploys. */
export const shortSha = z.string().regex(/^[0-9a-f]{8}$/, "is not 8 lower-case hex characters");

/** RFC 1123 label: what Kubernetes accepts as the name of a namespace, a Deployment or a container. */
export const dnsLabel = z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "is not an RFC 1123 label (a-z, 0-9 and -, at most 63 characters)");

/** `owner/name` on the forge. */
export const repositoryName = z
    .string()
    .regex(/^[A-Za-z0-9](-?[A-Za-z0-9])*\/(?!\.{1,2}$)[\w.-]+$/, "is not owner/name");

/** Name of a git branch, held to characters that need no quoting in a workflow filter. */
export const branchName = z
    .string()
    .regex(
        /^(?!.*(\.\.|\/\/|\.lock$))[A-Za-z0-9][\w./-]*(?<![./])$/,
        "is not a plain branch name (A-Z a-z 0-9 . _ / -)",
    );

/** Absolute URL of a server, kept without a slash at its end. */
export const serverUrl = z
    .string()
    .refine(
        (url) => /^https?:\/\/[^\s/@?#"'\\$]+(\/[^\s@?#"'\\$]*)?$/.test(url) && URL.canParse(url),
        "is not an http(s) URL without credentials or query",
    )
    .transform((url) => url.replace(/\/+$/, ""));

const registryHost = "(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[0-9]{1,5})?/)?";
const pathComponent = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const repository = `${registryHost}${pathComponent}(?:/${pathComponent})*`;

/** Full name of an image without a tag, such as `viktorbarzin/website` or `registry.example.org:5000/web/site`. */
export const imageRepository = z
    .string()
    .max(255)
    .regex(new RegExp(`^${repository}$`), "is not an image name in full without a tag");

/** Name of an image somebody pulls, with a tag, a digest or both. */
export const imageReference = z
    .string()
    .regex(
        new RegExp(`^${repository}(?::[\\w][\\w.-]{0,127}(?:@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$`),
        "is not an image name with a tag or digest",
    );

/** Path below a repository's root; never leaves it. `.` is the root itself. */
export const relativePath = z
    .string()
    .regex(
        /^(\.|(?!.*(^|\/)\.{1,2}(\/|$))[\w.][\w.-]*(\/[\w.][\w.-]*)*)$/,
        "is not a relative path below the root of the repository",
    );

/** Path from the root of a host's file system; `..` and the root itself are none. */
export const absolutePath = z
    .string()
    .regex(/^(\/(?!\.{1,2}(\/|$))[\w.-]+)+$/, "is not an absolute path of plain characters, without . and ..");

/** IANA name of a time zone. */
export const timeZone = z.string().refine(isTimeZone, "is not the name of a time zone, such as Europe/Berlin");

/** Whether text is the name of a time zone. */
function isTimeZone(name: string): boolean {
    try {
        new Intl.DateTimeFormat("en", { timeZone: name });
        return /^[A-Z]/.test(name);
    } catch {
        return false;
    }
}

/** Text that a workflow file hands to its steps unchanged: its engine eats backslashes, and a file has no control characters. */
export const plainText = z
    .string()
    .regex(/^[^\\\p{Cc}\p{Cs}]+$/u, "is not text without backslashes and control characters");

/** Whether text is a regular expression. */
export function isExpression(text: string): boolean {
    try {
        new RegExp(text);
        return true;
    } catch {
        return false;
    }
}

/** Path of a Vault mount, without slashes at the ends. */
export const mountPath = z.string().regex(/^[\w.-]+(\/[\w.-]+)*$/, "is not a mount path without slashes at the ends");

/** One key of one secret in Vault's KV version 2 store. */
export const vaultValue = z.strictObject({
    /** Path of the secret below the KV mount, for example `ci/dockerhub`. */
    path: z
        .string()
        .regex(/^(?!.*(^|\/)\.{1,2}(\/|$))[\w.-]+(\/[\w.-]+)*$/, "is not the path of a secret below the KV mount"),
    key: plainText,
});

export type VaultValue = z.infer<typeof vaultValue>;
