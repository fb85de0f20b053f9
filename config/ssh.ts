import { z } from "zod";
import { vaultValue } from "./primitives.js";

/** A public host key as in known_hosts, without the host. */
export const hostKey = z
    .string()
    .regex(
        /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+=*$/,
        "is not a public host key (type and key)",
    );

/** Name or address of a host. */
export const hostName = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, "is not a host name or address");

/** A host to log in to, known by its key beforehand. */
export const sshHost = z.strictObject({
    host: hostName,
    port: z.int().min(1).max(65_535).default(22),
    user: z
        .string()
        .regex(/^[a-z_][a-z0-9_-]*$/, "is not a user name")
        .default("root"),
    /** Pinned: a host that shows another one gets nothing. */
    hostKey,
    /** Private key of `user`. */
    key: vaultValue,
});

export type SshHost = z.infer<typeof sshHost>;
