import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";

/** What the double is told by its environment: the variables of Woodpecker's server and agent, and a few of the sandbox. */
export interface Settings {
    /** Base url without a trailing slash; webhooks and status links point there. */
    readonly host: string;
    readonly address: { readonly host: string; readonly port: number };
    readonly github: { readonly url: string; readonly client: string; readonly secret: string };
    readonly webhookHost: string;
    readonly admins: readonly string[];
    /** Whether a login creates an account for somebody who is not an administrator. */
    readonly open: boolean;
    readonly prometheusToken: string;
    /** Plugin images that may have their former privileges; without a tag: whatever the tag. */
    readonly privilegedPlugins: readonly string[];
    readonly agent: {
        readonly name: string;
        readonly secret: string;
        readonly maxWorkflows: number;
        readonly tempDirectory: string;
        /** Whether a step may choose its ServiceAccount; otherwise its choice is ignored without a word. */
        readonly serviceAccountFromStep: boolean;
        /** Programs that stand for plugin images, named after the last part of the image without its tag. */
        readonly pluginDirectory: string | undefined;
    };
    readonly extensions: {
        /** Of the secret extension of all repositories; empty: there is none. */
        readonly secretEndpoint: string;
        readonly secretNetrc: boolean;
        readonly allowedHosts: string;
        /** For one try. */
        readonly timeoutSeconds: number;
    };
    /** The Go program that answers for Woodpecker's libraries. */
    readonly libs: string;
    readonly stateDirectory: string;
    /** The real server looks at its crons once a minute. */
    readonly cronCheckSeconds: number;
    /** Where steps get a ServiceAccount from, as pods would. */
    readonly kubernetes: { readonly kubeconfig: string; readonly namespace: string } | undefined;
}

/** The version this double is held to. */
export const VERSION = "3.17.0";

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment; one error that lists every variable that is missing or wrong. */
export function readSettings(env: Environment): Settings {
    const problems: string[] = [];
    const required = (name: string): string => {
        const value = env[name] ?? "";
        if (value === "") problems.push(`${name} is missing`);
        return value;
    };
    const number = (name: string, fallback: number): number => {
        const value = env[name] ? Number(env[name]) : fallback;
        if (!Number.isInteger(value) || value < 1) problems.push(`${name}: "${env[name]}" is not a positive number`);
        return value;
    };
    const host = required("WOODPECKER_HOST").replace(/\/$/, "");
    const settings: Settings = {
        host,
        address: readAddress(env.WOODPECKER_SERVER_ADDR ?? "127.0.0.1:8000", problems),
        github: {
            url: required("WOODPECKER_GITHUB_URL").replace(/\/$/, ""),
            client: required("WOODPECKER_GITHUB_CLIENT"),
            secret: required("WOODPECKER_GITHUB_SECRET"),
        },
        webhookHost: (env.WOODPECKER_EXPERT_WEBHOOK_HOST ?? host).replace(/\/$/, ""),
        admins: list(env.WOODPECKER_ADMIN),
        open: isTrue(env.WOODPECKER_OPEN),
        prometheusToken: env.WOODPECKER_PROMETHEUS_AUTH_TOKEN ?? "",
        privilegedPlugins: list(env.WOODPECKER_PLUGINS_PRIVILEGED),
        agent: {
            name: env.WOODPECKER_HOSTNAME ?? hostname(),
            secret: env.WOODPECKER_AGENT_SECRET ?? "",
            maxWorkflows: number("WOODPECKER_MAX_WORKFLOWS", 1),
            tempDirectory: env.WOODPECKER_BACKEND_LOCAL_TEMP_DIR ?? tmpdir(),
            serviceAccountFromStep: isTrue(env.WOODPECKER_BACKEND_K8S_SERVICE_ACCOUNT_NAME_ALLOW_FROM_STEP),
            pluginDirectory: env.WOODPECKER_PLUGIN_DIR,
        },
        extensions: {
            secretEndpoint: env.WOODPECKER_SECRET_EXTENSION_ENDPOINT ?? "",
            secretNetrc: isTrue(env.WOODPECKER_SECRET_EXTENSION_NETRC),
            allowedHosts: env.WOODPECKER_EXTENSIONS_ALLOWED_HOSTS ?? "",
            timeoutSeconds: number("SANDBOX_EXTENSION_TIMEOUT_SECONDS", 10),
        },
        libs: env.WOODPECKER_LIBS ?? join(homedir(), ".cache", "cicd-pipeline", "bin", "woodpecker-libs"),
        stateDirectory: required("SANDBOX_STATE_DIR"),
        cronCheckSeconds: number("SANDBOX_CRON_CHECK_SECONDS", 60),
        kubernetes: env.SANDBOX_KUBECONFIG
            ? { kubeconfig: env.SANDBOX_KUBECONFIG, namespace: env.SANDBOX_KUBE_NAMESPACE ?? "woodpecker" }
            : undefined,
    };
    if (problems.length > 0) throw new Error(`the environment of the Woodpecker double: ${problems.join("; ")}`);
    return settings;
}

/** The environment a step inherits from the agent: all of it but what configures the double itself. */
export function inheritedEnvironment(env: Environment): Record<string, string> {
    const own = /^(WOODPECKER|SANDBOX)_/;
    const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return Object.fromEntries(entries.filter(([name]) => !own.test(name)));
}

function readAddress(text: string, problems: string[]): Settings["address"] {
    const match = /^(.*):(\d+)$/.exec(text);
    if (!match) problems.push(`WOODPECKER_SERVER_ADDR: "${text}" is not <host>:<port>`);
    const host = match?.[1] || "127.0.0.1";
    if (!["127.0.0.1", "localhost"].includes(host)) {
        problems.push(`WOODPECKER_SERVER_ADDR: "${host}" is not a loopback address; the double listens nowhere else`);
    }
    return { host, port: Number(match?.[2]) };
}

const list = (text = ""): string[] => text.split(",").filter((item) => item !== "");

const isTrue = (text = ""): boolean => ["true", "1", "t"].includes(text.toLowerCase());
