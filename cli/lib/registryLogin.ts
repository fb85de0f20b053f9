import type { CredentialSource } from "../../config/credentials.js";
import { wordsOf } from "../../jobs/lib/errors.js";
import type { Login } from "../../jobs/lib/registry/image.js";
import { progress } from "./output.js";
import type { Session } from "./session.js";

/**
 * Login of the registry that the applications' images are in, from Vault; nothing where it cannot be had: public images need
 * none, and others are looked up by the preview, which also knows what is encrypted in the stack file.
 */
export async function registryLogin(session: Session): Promise<Login | undefined> {
    const { credentials, vault } = (await session.stack()).settings;
    const read = async (source: CredentialSource | undefined) => {
        if (typeof source !== "object" || !vault) return undefined;
        const { data } = await (await session.vault()).read(vault.mounts.kv, source.vault.path);
        const value = data.get(source.vault.key);
        return typeof value === "string" ? value : undefined;
    };
    try {
        const [username, password] = [
            await read(credentials.dockerhubUsername),
            await read(credentials.dockerhubToken),
        ];
        return username && password ? { username, password } : undefined;
    } catch (error) {
        progress(`warning: asking the registry without a login: ${wordsOf(error)}`);
        return undefined;
    }
}
