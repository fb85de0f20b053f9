/** What the server and its agent are told, by the names of the real ones; the double takes the same. */

import { join } from "node:path";
import type { PartContext } from "../../lib/part.js";
import { accounts, woodpeckerOauth } from "../../seed/github.js";
import { githubUrl } from "../github.js";

/** The real programs, and their processes. */
export const serverName = "woodpecker-server";
export const agentName = "woodpecker-agent";
export const agentSecretValue = "WOODPECKER_AGENT_SECRET";

export function woodpeckerUrl(context: PartContext): string {
    return `http://127.0.0.1:${context.port("woodpecker")}`;
}

export function serverEnvironment(context: PartContext): Record<string, string> {
    const database = join(context.directory, "woodpecker.sqlite");
    return {
        WOODPECKER_HOST: woodpeckerUrl(context),
        WOODPECKER_SERVER_ADDR: `127.0.0.1:${context.port("woodpecker")}`,
        WOODPECKER_GRPC_ADDR: `127.0.0.1:${context.port("woodpecker-grpc")}`,
        // A plain path answers 500 "database is locked" under concurrent writes.
        WOODPECKER_DATABASE_DATASOURCE: `${database}?_busy_timeout=10000&_txlock=immediate`,
        WOODPECKER_OPEN: "true",
        WOODPECKER_ADMIN: accounts.admin.login,
        WOODPECKER_AGENT_SECRET: context.values.get(agentSecretValue) ?? "",
        // Left to itself the server makes a new one at every start, and agents have to register again.
        WOODPECKER_GRPC_SECRET: context.values.get(agentSecretValue) ?? "",
        WOODPECKER_GITHUB: "true",
        WOODPECKER_GITHUB_URL: githubUrl(context),
        WOODPECKER_GITHUB_CLIENT: woodpeckerOauth.clientId,
        WOODPECKER_GITHUB_SECRET: woodpeckerOauth.clientSecret,
        // A file with a plugin that once was privileged, and is not named here, blocks every pipeline of its repository.
        WOODPECKER_PLUGINS_PRIVILEGED: "woodpeckerci/plugin-docker-buildx",
        WOODPECKER_DISABLE_VERSION_CHECK: "true",
        WOODPECKER_LOG_LEVEL: "info",
    };
}

/** All of it, PATH included, reaches the steps: the local backend hands its own environment on. */
export function agentEnvironment(context: PartContext): Record<string, string> {
    return {
        WOODPECKER_SERVER: `127.0.0.1:${context.port("woodpecker-grpc")}`,
        WOODPECKER_AGENT_SECRET: context.values.get(agentSecretValue) ?? "",
        WOODPECKER_AGENT_CONFIG_FILE: join(context.directory, "agent.conf"),
        WOODPECKER_BACKEND: "local",
        WOODPECKER_BACKEND_LOCAL_TEMP_DIR: join(context.directory, "work"),
        WOODPECKER_HEALTHCHECK: "false",
        WOODPECKER_MAX_WORKFLOWS: "4",
        // Without it `serviceAccountName` in a step is ignored without a word.
        WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP: "true",
        // What every pod in a cluster is told.
        KUBERNETES_SERVICE_HOST: "127.0.0.1",
        KUBERNETES_SERVICE_PORT: String(context.port("kube-apiserver")),
        // With these each step gets the ServiceAccount that its pod would have.
        SANDBOX_KUBECONFIG: context.values.get("KUBECONFIG") ?? "",
        SANDBOX_KUBE_NAMESPACE: "woodpecker",
    };
}
