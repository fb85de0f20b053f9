import { WoodpeckerClient } from "../../providers/woodpecker/client.js";
import type { Deadline } from "../lib/deadline.js";
import { PlainError } from "../lib/errors.js";
import { HttpClient } from "../lib/http.js";
import type { Auditor } from "./audit/auditor.js";
import { githubAuditor } from "./audit/github.js";
import { JsonReader } from "./audit/json.js";
import { kubernetesAuditor } from "./audit/kubernetes/audit.js";
import { secretSyncAuditor } from "./audit/secretSync.js";
import { vaultAuditor } from "./audit/vault.js";
import { woodpeckerAuditor } from "./audit/woodpecker.js";
import { KubernetesApi } from "./kubernetes.js";
import type { DriftSettings } from "./settings.js";
import { providerInputs, type StateResource, textOf } from "./state.js";

/** The servers a run reads, each connected at its first use. */
export class Systems {
    readonly #http: HttpClient;
    #kubernetes: Promise<KubernetesApi> | undefined;

    constructor(
        private readonly settings: DriftSettings,
        private readonly deadline: Deadline,
        private readonly signal: AbortSignal,
    ) {
        this.#http = new HttpClient({ connections: 8 });
    }

    get http(): HttpClient {
        return this.#http;
    }

    kubernetes(): Promise<KubernetesApi> {
        this.#kubernetes ??= KubernetesApi.connect(this.deadline, this.settings.requestTimeoutSeconds * 1000);
        return this.#kubernetes;
    }

    /** Everything that looks at a stack beside the engine; addresses are those of the stack's own providers. */
    auditors(stack: string, state: readonly StateResource[]): Auditor[] {
        const { vault, githubToken, woodpecker: given } = this.settings;
        const github = providerInputs(state, "github");
        const woodpecker = given.server?.href ?? textOf(providerInputs(state, "woodpecker")?.server);
        const vaultAddress = vault.address?.href ?? textOf(providerInputs(state, "vault")?.address);
        return [
            kubernetesAuditor(stack, state, () => this.kubernetes()),
            githubAuditor({
                stack,
                state,
                owner: textOf(github?.owner) ?? "",
                woodpecker: textOf(providerInputs(state, "woodpecker")?.server) ?? woodpecker,
                connect: () => {
                    const token = demand(githubToken, "GITHUB_TOKEN");
                    const headers = {
                        authorization: `Bearer ${token}`,
                        accept: "application/vnd.github+json",
                        "user-agent": "drift",
                    };
                    return this.#reader("GitHub", githubApi(textOf(github?.baseUrl)), headers);
                },
            }),
            vaultAuditor(stack, state, () => {
                const address = demand(vaultAddress, "VAULT_ADDR");
                return this.#reader("Vault", new URL(withSlash(address)), {
                    "x-vault-token": demand(vault.token, "VAULT_TOKEN"),
                    "x-vault-request": "true",
                });
            }),
            woodpeckerAuditor(
                stack,
                state,
                () =>
                    new WoodpeckerClient({
                        server: demand(woodpecker, "WOODPECKER_SERVER"),
                        token: demand(given.token, "WOODPECKER_TOKEN"),
                        timeoutSeconds: this.settings.requestTimeoutSeconds,
                        maxRetries: 2,
                        signal: this.signal,
                    }),
            ),
            secretSyncAuditor(stack, state, () => ({
                vaultAddress: demand(vaultAddress, "VAULT_ADDR"),
                vaultToken: demand(vault.token, "VAULT_TOKEN"),
                woodpeckerServer: demand(woodpecker, "WOODPECKER_SERVER"),
                woodpeckerToken: demand(given.token, "WOODPECKER_TOKEN"),
                deadlineSeconds: Math.max(1, Math.min(120, Math.floor(this.deadline.remainingMs / 1000))),
            })),
        ];
    }

    close(): void {
        this.#http.close();
    }

    #reader(system: string, base: URL, headers: Readonly<Record<string, string>>): JsonReader {
        const timeoutMs = this.settings.requestTimeoutSeconds * 1000;
        return new JsonReader(this.#http, { system, base, headers, deadline: this.deadline, timeoutMs });
    }
}

function demand(value: string | undefined, name: string): string {
    if (value === undefined) throw new PlainError(`${name} is not set, so this cannot be looked at`);
    return value;
}

/** github.com has its API on a host of its own, every other server below a path. */
function githubApi(baseUrl: string | undefined): URL {
    const { hostname } = new URL(baseUrl ?? "https://api.github.com/");
    if (hostname === "github.com" || hostname === "api.github.com") return new URL("https://api.github.com/");
    return new URL("api/v3/", withSlash(baseUrl ?? ""));
}

const withSlash = (url: string) => (url.endsWith("/") ? url : `${url}/`);
