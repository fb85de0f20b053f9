import type { components } from "@octokit/openapi-types";
import {
    type Call,
    created,
    invalid,
    noContent,
    notFound,
    objectIn,
    ok,
    page,
    type Reply,
    refusal,
    timestamp,
} from "../call.js";
import type { GitHub, Permitted } from "../github.js";
import { open } from "../sealedBox.js";
import type { StoredSecret } from "../state.js";

type ActionsSecret = components["schemas"]["actions-secret"];
type PublicKey = components["schemas"]["actions-public-key"];

const shown = (name: string, { created_at, updated_at }: StoredSecret): ActionsSecret => ({
    name,
    created_at,
    updated_at,
});

const secretsOf = (github: GitHub, { repository }: Permitted): Record<string, StoredSecret> => {
    github.additions.secrets[repository.id] ??= {};
    return github.additions.secrets[repository.id] as Record<string, StoredSecret>;
};

export async function publicKey(github: GitHub): Promise<Reply> {
    const { keyId, publicKey } = github.additions.keyPair;
    return ok({ key_id: keyId, key: publicKey } satisfies PublicKey);
}

export async function listSecrets(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const all = Object.entries(secretsOf(github, permitted)).sort(([a], [b]) => a.localeCompare(b));
    return page(call, all, github.root, (items) => ({
        total_count: all.length,
        secrets: items.map(([name, secret]) => shown(name, secret)),
    }));
}

export async function readSecret(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const name = call.params.name?.toUpperCase() ?? "";
    const secret = secretsOf(github, permitted)[name];
    return secret ? ok(shown(name, secret)) : notFound;
}

/** Only what was sealed with the current key is taken, as on GitHub. */
export async function writeSecret(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const name = call.params.name?.toUpperCase() ?? "";
    const { key_id, encrypted_value } = objectIn(call);
    if (!/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/.test(name)) return invalid("Secret", "name", "invalid");
    if (typeof encrypted_value !== "string") return invalid("Secret", "encrypted_value", "missing_field");
    if (key_id !== github.additions.keyPair.keyId)
        return refusal(422, "The key_id is not that of the current public key.");
    try {
        await open(encrypted_value, github.additions.keyPair);
    } catch {
        return refusal(422, "Unable to decrypt the secret: it was not sealed with the repository's public key.");
    }
    const secrets = secretsOf(github, permitted);
    const before = secrets[name];
    const now = timestamp();
    secrets[name] = { created_at: before?.created_at ?? now, updated_at: now, encrypted_value };
    return before ? noContent : created({});
}

export async function deleteSecret(github: GitHub, call: Call, permitted: Permitted): Promise<Reply> {
    const name = call.params.name?.toUpperCase() ?? "";
    const secrets = secretsOf(github, permitted);
    if (!secrets[name]) return notFound;
    delete secrets[name];
    return noContent;
}

/** Not GitHub's: the plaintexts, for a runner of workflows and for tests. */
export async function openedSecrets(github: GitHub, permitted: Permitted): Promise<Record<string, string>> {
    const entries = Object.entries(secretsOf(github, permitted));
    const opened = entries.map(async ([name, secret]) => {
        return [name, await open(secret.encrypted_value, github.additions.keyPair)] as const;
    });
    return Object.fromEntries(await Promise.all(opened));
}
