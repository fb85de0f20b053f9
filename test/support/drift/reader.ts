import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readerRules } from "../../../components/drift/readerRules.js";
import { driftRights } from "../../../components/infra/driftRights.js";
import { wantedFromVault } from "../../../components/vault/credentials.js";
import { renderPolicy } from "../../../components/vault/policy.js";
import { parseSettings } from "../../../config/parse.js";
import { rawPipelines } from "../infraSettings.js";
import { environment, vault } from "../servers.js";
import { stackConfig } from "../settings.js";

const name = "drift-reader-test";
const namespace = "woodpecker";

function kubectl(args: readonly string[], input?: string): string {
    return execFileSync("kubectl", args, { encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] });
}

/** Somebody with the rights of the pipeline that looks for drift, and no others. */
export class DriftReader {
    private constructor(
        private readonly directory: string,
        private readonly vaultToken: string,
    ) {}

    static async make(): Promise<DriftReader> {
        kubectl(["apply", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items: identity() }));
        const token = kubectl(["-n", namespace, "create", "token", name]);
        const config = JSON.parse(kubectl(["config", "view", "--raw", "-o", "json"])) as { users: object[] };
        config.users = config.users.map((each) => ({ ...each, user: { token } }));
        const directory = mkdtempSync(join(tmpdir(), "drift-reader-"));
        writeFileSync(join(directory, "kubeconfig"), JSON.stringify(config), { mode: 0o600 });
        await vault.api("PUT", `sys/policies/acl/${name}`, { policy: policy() });
        const { auth } = await vault.api("POST", "auth/token/create", {
            policies: [name],
            no_default_policy: true,
            ttl: "30m",
        });
        return new DriftReader(directory, (auth as { client_token: string }).client_token);
    }

    get environment(): Readonly<Record<string, string>> {
        return { KUBECONFIG: join(this.directory, "kubeconfig"), VAULT_TOKEN: this.vaultToken };
    }

    /** @throws with what kubectl said */
    kubectl(...args: string[]): string {
        return kubectl(["--kubeconfig", join(this.directory, "kubeconfig"), ...args]);
    }

    async vaultStatus(method: string, path: string): Promise<number> {
        const headers = { "x-vault-token": this.vaultToken };
        const body = method === "POST" ? "{}" : undefined;
        return (await fetch(`${environment("VAULT_ADDR")}/v1/${path}`, { method, headers, body })).status;
    }

    async remove(): Promise<void> {
        kubectl(["delete", "clusterrole,clusterrolebinding", name]);
        kubectl(["-n", namespace, "delete", "serviceaccount", name]);
        await vault.api("DELETE", `sys/policies/acl/${name}`);
        rmSync(this.directory, { recursive: true });
    }
}

function identity(): object[] {
    const api = "rbac.authorization.k8s.io";
    const subjects = [{ kind: "ServiceAccount", name, namespace }];
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } },
        {
            apiVersion: `${api}/v1`,
            kind: "ClusterRole",
            metadata: { name },
            rules: readerRules(parseSettings(stackConfig("sandbox")).drift?.secrets ?? []),
        },
        {
            apiVersion: `${api}/v1`,
            kind: "ClusterRoleBinding",
            metadata: { name },
            roleRef: { apiGroup: api, kind: "ClusterRole", name },
            subjects,
        },
    ];
}

/** What the sandbox's stack would declare for the pipeline, if it had an infra repository. */
function policy(): string {
    const settings = parseSettings({
        ...stackConfig("sandbox"),
        infra: {
            repository: "acme/infra",
            tools: "acme/tools:0123abcd",
            pipelines: { "drift-detection": rawPipelines()["drift-detection"] },
        },
    });
    if (!settings.infra) throw new Error("there is no infra repository");
    const reads = wantedFromVault(settings).map(({ source }) => source.path);
    return renderPolicy(driftRights({ infra: settings.infra, reads, slack: false }, []));
}
