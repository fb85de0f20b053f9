import { tokenOfLogin } from "../../config/environment.js";
import { Deadline } from "../../jobs/lib/deadline.js";
import { UsageError } from "../../jobs/lib/errors.js";
import { HttpClient } from "../../jobs/lib/http.js";
import { VaultClient } from "../../jobs/lib/vault.js";
import { WoodpeckerClient } from "../../providers/woodpecker/client.js";
import { type OperatorEnvironment, operatorEnvironment } from "./environment.js";
import type { Kubernetes } from "./kubernetes.js";
import { findStack, needed, type Stack } from "./stack.js";

/** Seconds for all that one command asks of Vault. */
const VAULT_SECONDS = 60;

/** What a command works with: the stack, and a client for each server. All of it is made at its first use. */
export class Session {
    readonly environment: OperatorEnvironment;
    readonly http = new HttpClient({ connections: 8 });
    #stack: Promise<Stack> | undefined;
    #kubernetes: Promise<Kubernetes> | undefined;

    constructor(private readonly options: { readonly stack?: string }) {
        const given = operatorEnvironment();
        // As for the program itself: `vault login` is enough.
        this.environment = { ...given, VAULT_TOKEN: given.VAULT_TOKEN ?? tokenOfLogin() };
    }

    /** @throws UsageError, SettingsError */
    stack(): Promise<Stack> {
        this.#stack ??= findStack(this.options.stack, this.environment);
        return this.#stack;
    }

    /** The cluster of KUBECONFIG or of the home directory, as kubectl has it. @throws UsageError when there is none */
    kubernetes(): Promise<Kubernetes> {
        // Loaded at its first use: it takes longer than most commands need.
        this.#kubernetes ??= import("./kubernetes.js").then(({ connect }) => connect());
        return this.#kubernetes;
    }

    async woodpecker(): Promise<WoodpeckerClient> {
        const { url } = needed(await this.stack(), "woodpecker", "This");
        return new WoodpeckerClient({
            server: url,
            token: demand("WOODPECKER_TOKEN", this.environment.WOODPECKER_TOKEN),
        });
    }

    async vault(): Promise<VaultClient> {
        const { address } = needed(await this.stack(), "vault", "This");
        const token = demand("VAULT_TOKEN", this.environment.VAULT_TOKEN);
        return new VaultClient(
            this.http,
            { address: new URL(`${address}/`), deadline: new Deadline(VAULT_SECONDS) },
            token,
        );
    }

    close(): void {
        this.http.close();
    }
}

function demand(name: string, value: string | undefined): string {
    if (value === undefined) throw new UsageError(`${name} is not set in the environment`);
    return value;
}
