import { X509Certificate } from "node:crypto";
import * as z from "zod";
import { UsageError } from "../errors.js";
import { wholeNumber } from "../fields.js";

const certificates = z.string().refine(isPem, "is not a PEM certificate").meta({ secret: true }).optional();

/** Variables that every program asks for that talks to a registry. */
export const registryFields = {
    REGISTRY_USERNAME: z.string().optional().describe("user to log in as; none: no login"),
    REGISTRY_PASSWORD: z.string().optional().meta({ secret: true }).describe("the user's password"),
    REGISTRY_CA: certificates.describe("PEM certificates to trust besides the well-known ones (REGISTRY_CA_FILE)"),
    CONCURRENCY: wholeNumber(1, 64)
        .default(8)
        .describe("requests under way at the same time, 1 to 64; more than 8 gain nothing with registry 2.8 (8)"),
    REQUEST_TIMEOUT_SECONDS: wholeNumber(1, 600).default(30).describe("time for one request, 1 to 600 (30)"),
};

interface Login {
    readonly REGISTRY_USERNAME?: string | undefined;
    readonly REGISTRY_PASSWORD?: string | undefined;
}

/** @throws UsageError for a user without a password, or the other way round */
export function credentialsOf({ REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password }: Login) {
    if (username === undefined && password === undefined) return {};
    if (password === undefined) throw new UsageError("REGISTRY_PASSWORD: is missing, though REGISTRY_USERNAME is set");
    if (username === undefined) throw new UsageError("REGISTRY_USERNAME: is missing, though REGISTRY_PASSWORD is set");
    return { credentials: { username, password } };
}

function isPem(text: string): boolean {
    try {
        new X509Certificate(text);
        return true;
    } catch {
        return false;
    }
}
