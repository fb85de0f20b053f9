import { z } from "zod";
import { vaultValue } from "./primitives.js";

/** Where one credential comes from: `{ vault: { path, key } }`, or a value set with `pulumi config set --secret --path`. */
export const credentialSource = z.union([z.strictObject({ vault: vaultValue }), z.string().min(1)], {
    error: "is neither { vault: { path, key } } nor a secret value",
});

/** `cicd:credentials`: the sources, never the values. */
export const credentials = z.strictObject({
    dockerhubUsername: credentialSource.optional(),
    dockerhubToken: credentialSource.optional(),
    /** Token of a Woodpecker user with push on the applications' repositories and nothing more. */
    woodpeckerToken: credentialSource.optional(),
    /** Incoming webhook; without it nothing is posted to Slack. */
    slackWebhook: credentialSource.optional(),
});

export type CredentialSource = z.infer<typeof credentialSource>;
export type Credentials = z.infer<typeof credentials>;
