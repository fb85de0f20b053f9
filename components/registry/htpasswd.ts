import { createHmac } from "node:crypto";
import { RunError } from "@pulumi/pulumi";
import { encodeBase64, hashSync } from "bcryptjs";
import type { Login } from "./registryConfig.js";

/** Bytes of salt that bcrypt takes. */
const saltBytes = 16;
/** bcrypt looks at no more. */
const mostBytes = 72;

/**
 * The file of users, each with a bcrypt hash.
 *
 * A random salt would make another file of every preview. It is derived instead, from what only this program knows.
 *
 * @param cost as bcrypt counts it
 * @param secret of many bits: whoever has it can try passwords without bcrypt's cost
 * @throws RunError, printed without a stack trace, on a name or a password that the file or bcrypt cannot hold
 */
export function htpasswd(users: readonly Login[], cost: number, secret: string): string {
    return users
        .map(({ username, password }) => {
            if (!/^[^\s:\p{Cc}]+$/u.test(username))
                throw new RunError(`the user name "${username}" has a colon or a blank`);
            if (password === "") throw new RunError(`the password of ${username} is empty`);
            if (Buffer.byteLength(password) > mostBytes) {
                throw new RunError(
                    `the password of ${username} has more than ${mostBytes} bytes, of which bcrypt would ignore the rest`,
                );
            }
            const salt = derive(secret, `${username}\0${password}`).subarray(0, saltBytes);
            const settings = `$2b$${String(cost).padStart(2, "0")}$${encodeBase64([...salt], saltBytes)}`;
            return `${username}:${hashSync(password, settings)}\n`;
        })
        .join("");
}

/** A secret of the registry's own that is the same in every run. */
export function derivedSecret(secret: string, purpose: string): string {
    return derive(secret, purpose).toString("hex");
}

function derive(secret: string, text: string): Buffer {
    return createHmac("sha256", secret).update(text).digest();
}
