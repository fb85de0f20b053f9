import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { login } from "../doubles/woodpecker/login.js";
import { quote } from "../lib/environment.js";
import { writeAtomically } from "../lib/files.js";
import { request } from "../lib/http.js";
import { double, originOf } from "../lib/origin.js";
import type { Part, PartContext } from "../lib/part.js";
import { accounts, woodpeckerOauth } from "../seed/github.js";
import { woodpeckerValues } from "../seed/woodpecker.js";
import { githubUrl } from "./github.js";

/** Where the steps' pods would run. */
const pipelineNamespace = "woodpecker";
const agentSecretValue = "WOODPECKER_AGENT_SECRET";

/** The CI server with one agent: the real ones where they are installed, otherwise the double. */
export const woodpecker: Part = {
    name: "woodpecker",
    needs: ["github", "kube-apiserver"],
    programs: ["woodpecker-libs", "app", "curl", "jq", "kubectl"],
    origin: async (context) => (isReal(context) ? originOf(context, "woodpecker-server") : double),
    async start(context) {
        if (!context.values.has(agentSecretValue)) {
            context.values.set(agentSecretValue, randomBytes(24).toString("hex"));
        }
        mkdirSync(join(context.directory, "work"), { recursive: true });
        await (isReal(context) ? startReal(context) : startDouble(context));
        await keepToken(context, woodpeckerValues.adminToken, accounts.admin.login);
        await keepToken(context, woodpeckerValues.botToken, accounts.bot.login);
    },
    async stop(context) {
        await context.stop("woodpecker-agent");
        await context.stop("woodpecker-server");
        await context.stop("woodpecker");
    },
};

export function woodpeckerUrl(context: PartContext): string {
    return `http://127.0.0.1:${context.port("woodpecker")}`;
}

function isReal(context: PartContext): boolean {
    return context.provenance("woodpecker-server") !== undefined;
}

async function startReal(context: PartContext): Promise<void> {
    await context.spawn({
        name: "woodpecker-server",
        command: context.bin("woodpecker-server"),
        args: [],
        env: serverEnvironment(context),
    });
    await awaitHealth(context, "woodpecker-server");
    await context.spawn({
        name: "woodpecker-agent",
        command: context.bin("woodpecker-agent"),
        args: [],
        env: agentEnvironment(context),
    });
}

async function startDouble(context: PartContext): Promise<void> {
    await context.spawn({
        name: "woodpecker",
        command: context.node,
        args: [join(context.stateDirectory, "build/woodpecker.cjs")],
        env: {
            ...serverEnvironment(context),
            ...agentEnvironment(context),
            WOODPECKER_LIBS: context.bin("woodpecker-libs"),
            SANDBOX_STATE_DIR: context.directory,
            // With it the double gives each step the ServiceAccount that its pod would have.
            SANDBOX_KUBECONFIG: context.values.get("KUBECONFIG") ?? "",
            SANDBOX_KUBE_NAMESPACE: pipelineNamespace,
            WOODPECKER_PLUGIN_DIR: installPlugins(context),
        },
    });
    await awaitHealth(context, "woodpecker");
}

/** Programs under the names of plugin images, which the local backend looks for as it looks for commands. */
function installPlugins(context: PartContext): string {
    const directory = join(context.directory, "plugins");
    const bundle = join(context.stateDirectory, "build/plugin-docker-buildx.cjs");
    const launcher = `#!/bin/sh\nAPP_PROGRAM=${quote(context.bin("app"))} exec ${quote(context.node)} ${quote(bundle)}\n`;
    writeAtomically(join(directory, "plugin-docker-buildx"), launcher, 0o755);
    return directory;
}

async function awaitHealth(context: PartContext, processName: string): Promise<void> {
    await context.waitUntil("Woodpecker", () => request(`${woodpeckerUrl(context)}/healthz`), { processName });
}

function serverEnvironment(context: PartContext): Record<string, string> {
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
function agentEnvironment(context: PartContext): Record<string, string> {
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
    };
}

/** A token that still works is kept, so that what was stored elsewhere stays good. */
async function keepToken(context: PartContext, key: string, user: string): Promise<void> {
    const present = context.values.get(key);
    if (present !== undefined && (await isAccepted(context, present))) return;
    await context.waitUntil(`a Woodpecker token of ${user}`, async () => {
        context.values.set(key, await login(woodpeckerUrl(context), githubUrl(context), user));
    });
}

async function isAccepted(context: PartContext, token: string): Promise<boolean> {
    const { status } = await request(`${woodpeckerUrl(context)}/api/user`, {
        headers: { authorization: `Bearer ${token}` },
        accept: [200, 401, 403],
    });
    return status === 200;
}
