import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Listening, listen } from "../../../sandbox/doubles/github/listen.js";
import type { Seed } from "../../../sandbox/doubles/github/seed.js";
import { login } from "../../../sandbox/doubles/woodpecker/login.js";
import { startWoodpecker } from "../../../sandbox/doubles/woodpecker/server.js";
import { inheritedEnvironment, readSettings } from "../../../sandbox/doubles/woodpecker/settings.js";
import { locate } from "../../../sandbox/lib/places.js";
import { agentName, serverName } from "../../../sandbox/parts/woodpecker/environment.js";
import { shellLauncher } from "../../../sandbox/parts/woodpecker/launchers.js";
import { sandboxPrograms } from "../../support/programs.js";
import { Client, until } from "./client.js";
import { GithubRepo } from "./githubRepo.js";

/** A Woodpecker with a GitHub of its own, and clients for who may ask it. */
export interface World {
    readonly url: string;
    /** Whether a real server answers, instead of the double. */
    readonly real: boolean;
    /** Where the double keeps its state. */
    readonly stateDirectory: string;
    /** Administrator of the server and of organisation `acme`. */
    readonly admin: Client;
    /** Pushes to `acme/app`; may only read `acme/infra`. */
    readonly bot: Client;
    readonly guest: Client;
    readonly app: GithubRepo;
    readonly infra: GithubRepo;
    login(name: string): Promise<Client>;
    /** Stops Woodpecker and starts it again on the same state and port. */
    restart(): Promise<void>;
    close(): Promise<void>;
}

export const prometheusToken = "prometheus-token";

/** Values that may be seen in no log. */
export const planted = "planted-secret-value";

/** Where the steps would be pods. */
export interface StepsCluster {
    readonly kubeconfig: string;
    readonly namespace: string;
}

/**
 * The double, or the real server and agent where the sandbox has them.
 *
 * @param skip ends the test as pending where the program that the double needs was not built
 * @param cluster gives the steps their ServiceAccounts
 * @param settings more of the server's environment
 */
export async function startWorld(
    skip: () => void,
    cluster?: StepsCluster,
    settings: Readonly<Record<string, string>> = {},
): Promise<World> {
    const real = sandboxPrograms(serverName, agentName);
    const programs = sandboxPrograms("woodpecker-libs");
    if (!real && !programs) skip();
    const directory = mkdtempSync(join(tmpdir(), "woodpecker-contract-"));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const github = await listen({ port: 0, seed: seed(url) });
    const environment: Record<string, string> = {
        ...environmentOf({ url, port, github: github.origin, directory, programs: programs ?? "" }),
        ...(cluster && { SANDBOX_KUBECONFIG: cluster.kubeconfig, SANDBOX_KUBE_NAMESPACE: cluster.namespace }),
        ...settings,
    };
    const start = real ? () => startReal(real, url, environment) : () => startDouble(environment);
    let running = await start();
    const client = async (name: string): Promise<Client> => new Client(url, await login(url, github.origin, name));
    const admin = await client("ci-admin");
    if (real && cluster) installShell(environment, admin.token ?? "");
    return {
        url,
        real: real !== undefined,
        stateDirectory: environment.SANDBOX_STATE_DIR ?? "",
        admin,
        bot: await client("ci-bot"),
        guest: new Client(url),
        app: new GithubRepo(github.origin, "acme/app"),
        infra: new GithubRepo(github.origin, "acme/infra"),
        login: client,
        async restart() {
            await running.close();
            running = await start();
            // The first question may still go down a connection of before.
            await until("an answer after the restart", async () => (await fetch(`${url}/healthz`)).status === 204);
        },
        async close() {
            await running.close();
            await (github as Listening).close();
            rmSync(directory, { recursive: true, force: true });
        },
    };
}

interface Running {
    close(): Promise<void>;
}

async function startDouble(environment: Record<string, string>): Promise<Running> {
    return startWoodpecker(readSettings(environment), inheritedEnvironment(environment));
}

async function startReal(programs: string, url: string, environment: Record<string, string>): Promise<Running> {
    const options = { env: environment, stdio: process.env.WOODPECKER_CONTRACT_LOG ? "inherit" : "ignore" } as const;
    const server = spawn(join(programs, serverName), options);
    await until("the server to answer", async () => (await fetch(`${url}/healthz`)).status === 204);
    const agent = spawn(join(programs, agentName), options);
    const health = `http://${environment.WOODPECKER_HEALTHCHECK_ADDR}/healthz`;
    await until("the agent to answer", async () => (await fetch(health)).ok);
    return {
        async close() {
            await end(agent);
            await end(server);
        },
    };
}

async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
    await ended;
    clearTimeout(timer);
}

function environmentOf(world: {
    readonly url: string;
    readonly port: number;
    readonly github: string;
    readonly directory: string;
    readonly programs: string;
}): Record<string, string> {
    const { url, port, github, directory } = world;
    const programs = join(directory, "programs");
    const steps = join(directory, "steps");
    mkdirSync(steps);
    writePrograms(programs);
    const state = {
        WOODPECKER_DATABASE_DATASOURCE: `${directory}/woodpecker.sqlite?_busy_timeout=10000&_txlock=immediate`,
    };
    return {
        PATH: `${programs}:${process.env.PATH}`,
        HOME: directory,
        CONTRACT_LEAKED: "from the agent",
        WOODPECKER_HOST: url,
        WOODPECKER_SERVER_ADDR: `127.0.0.1:${port}`,
        WOODPECKER_GRPC_ADDR: `127.0.0.1:${port + 1}`,
        WOODPECKER_SERVER: `127.0.0.1:${port + 1}`,
        WOODPECKER_ADMIN: "ci-admin",
        WOODPECKER_OPEN: "true",
        WOODPECKER_GITHUB: "true",
        WOODPECKER_GITHUB_URL: github,
        WOODPECKER_GITHUB_CLIENT: "client",
        WOODPECKER_GITHUB_SECRET: "client-secret",
        WOODPECKER_AGENT_SECRET: "agent-secret",
        WOODPECKER_GRPC_SECRET: "grpc-secret",
        WOODPECKER_PROMETHEUS_AUTH_TOKEN: prometheusToken,
        WOODPECKER_MAX_WORKFLOWS: "4",
        WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP: "true",
        SANDBOX_WOODPECKER_TOKEN_FILE: join(directory, "admin.token"),
        WOODPECKER_BACKEND: "local",
        WOODPECKER_BACKEND_LOCAL_TEMP_DIR: steps,
        WOODPECKER_HOSTNAME: "sandbox",
        WOODPECKER_HEALTHCHECK_ADDR: `127.0.0.1:${port + 2}`,
        WOODPECKER_AGENT_CONFIG_FILE: join(directory, "agent.conf"),
        WOODPECKER_DISABLE_VERSION_CHECK: "true",
        WOODPECKER_DEV_WWW_PROXY: "http://127.0.0.1:9",
        WOODPECKER_LOG_LEVEL: process.env.WOODPECKER_CONTRACT_LOG ?? "error",
        WOODPECKER_PLUGIN_DIR: programs,
        WOODPECKER_LIBS: join(world.programs, "woodpecker-libs"),
        SANDBOX_CRON_CHECK_SECONDS: "1",
        SANDBOX_STATE_DIR: join(directory, "state"),
        ...state,
    };
}

/** What the local backend runs for an image, by name: a shell for `alpine:3.20`, a plugin, and a stand-in for the clone. */
function writePrograms(directory: string): void {
    mkdirSync(directory);
    const write = (name: string, text: string): void => {
        writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`);
        chmodSync(join(directory, name), 0o755);
    };
    write("alpine:3.20", 'exec sh "$@"');
    write("announce", 'echo "to $PLUGIN_CHANNEL as $PLUGIN_SOME_TOKEN list $PLUGIN_LIST"');
    write("plugin-git", "echo cloned > README.md");
}

/** What stands for an image with a shell on a real agent's PATH: as the sandbox's own part installs it. */
function installShell(environment: Readonly<Record<string, string>>, token: string): void {
    writeFileSync(environment.SANDBOX_WOODPECKER_TOKEN_FILE ?? "", token, { mode: 0o600 });
    const file = join(environment.WOODPECKER_PLUGIN_DIR ?? "", "shell:1");
    writeFileSync(file, shellLauncher(process.execPath, join(locate().build, "woodpecker-shell.cjs")), { mode: 0o755 });
}

function seed(url: string): Seed {
    const accounts = ["ci-admin", "ci-bot", "stranger"];
    return {
        tokens: Object.fromEntries(accounts.map((login) => [`ghp_${login}`, { login, scopes: ["repo", "admin:org"] }])),
        github: {
            users: accounts.map((login) => ({ login, email: `${login}@sandbox.test` })),
            orgs: [{ login: "acme", members: [{ login: "ci-admin", role: "admin" }] }],
            repos: [
                {
                    owner: "acme",
                    name: "app",
                    default_branch: "main",
                    auto_init: true,
                    collaborators: { "ci-bot": "push" },
                },
                { owner: "acme", name: "infra", default_branch: "main", auto_init: true },
            ],
            oauth_apps: [
                {
                    client_id: "client",
                    client_secret: "client-secret",
                    name: "Woodpecker",
                    redirect_uris: [`${url}/authorize`],
                },
            ],
        },
    };
}

/** A port with two free ones above it. */
async function freePort(): Promise<number> {
    const port = 20000 + Math.floor(Math.random() * 9000);
    for (const candidate of [port, port + 1, port + 2]) {
        const free = await new Promise<boolean>((resolve) => {
            const server = createServer();
            server.once("error", () => resolve(false));
            server.listen(candidate, "127.0.0.1", () => server.close(() => resolve(true)));
        });
        if (!free) return freePort();
    }
    return port;
}
