import { Deadline } from "../lib/deadline.js";
import { wordsOf } from "../lib/errors.js";
import type { HttpClient } from "../lib/http.js";
import { redact } from "../lib/redact.js";
import { type KvSecret, VaultClient } from "../lib/vault.js";
import type { VaultCredential } from "../lib/vaultSettings.js";

export interface VaultSourceOptions {
    readonly address: URL;
    readonly kvMount: string;
    /** Read anew for each login: the cluster replaces a pod's token before it ends. */
    readonly credential: () => VaultCredential;
    /** Time for one round of reading. */
    readonly seconds: number;
    /** Gets why something could not be read; no secret is in it. */
    readonly onTrouble: (words: string) => void;
    /** Milliseconds before the first retry. @default the client's */
    readonly retryPauseMs?: number;
}

/** Time to give a token back, after the deadline of the round. */
const REVOKE_SECONDS = 2;

/** Vault, with a login of its own for each round of reading: between two rounds the program holds no token. */
export class VaultSource {
    constructor(
        private readonly http: HttpClient,
        private readonly options: VaultSourceOptions,
    ) {}

    /** What cannot be read is left out, and told to `onTrouble`. Never throws. */
    async read(paths: readonly string[]): Promise<ReadonlyMap<string, KvSecret>> {
        const { address, kvMount, seconds, retryPauseMs, onTrouble } = this.options;
        const secrets = new Map<string, KvSecret>();
        const hidden: string[] = [];
        const tell = (error: unknown) => onTrouble(redact(wordsOf(error), hidden));
        try {
            const credential = this.options.credential();
            hidden.push("token" in credential ? credential.token : credential.jwt);
            const vault = new VaultClient(
                this.http,
                {
                    address,
                    deadline: new Deadline(seconds),
                    requestTimeoutMs: (seconds * 1000) / 2,
                    ...(retryPauseMs !== undefined && { retryPauseMs }),
                },
                "token" in credential ? credential.token : undefined,
            );
            if ("jwt" in credential) await vault.login(credential);
            for (const path of paths) {
                await vault.read(kvMount, path).then((secret) => secrets.set(path, secret), tell);
            }
            await vault.revokeSelf(new Deadline(REVOKE_SECONDS)).catch(tell);
        } catch (error) {
            tell(error);
        }
        return secrets;
    }
}
