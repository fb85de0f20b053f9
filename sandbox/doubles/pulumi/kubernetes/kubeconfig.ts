/** Reads a kubeconfig: which server, with which credentials. */

import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";

export interface Cluster {
    /** URL of the API server. */
    readonly server: string;
    readonly ca?: Buffer;
    readonly certificate?: Buffer;
    readonly key?: Buffer;
    readonly token?: string;
    readonly insecure: boolean;
    /** Where objects without a namespace go. */
    readonly namespace: string;
}

interface Named {
    readonly name: string;
    readonly cluster?: Readonly<Record<string, unknown>>;
    readonly user?: Readonly<Record<string, unknown>>;
    readonly context?: Readonly<Record<string, string>>;
}

interface Kubeconfig {
    readonly "current-context"?: string;
    readonly clusters?: readonly Named[];
    readonly users?: readonly Named[];
    readonly contexts?: readonly Named[];
}

/**
 * The cluster that a kubeconfig's context leads to.
 *
 * @param source path or contents; undefined for $KUBECONFIG, then ~/.kube/config
 * @throws naming what is missing
 */
export function loadCluster(source: string | undefined, contextName?: string, clusterName?: string): Cluster {
    const { text, directory, origin } = locate(source);
    const config = parseConfig(text, origin);
    const current = contextName ?? config["current-context"] ?? "";
    const context = config.contexts?.find(({ name }) => name === current)?.context;
    if (context === undefined) {
        const names = config.contexts?.map(({ name }) => name).join(", ") || "none";
        throw new Error(`kubeconfig ${origin}: there is no context "${current}"; it has ${names}`);
    }
    const wanted = clusterName ?? context.cluster;
    const cluster = config.clusters?.find(({ name }) => name === wanted)?.cluster;
    const user = config.users?.find(({ name }) => name === context.user)?.user ?? {};
    if (typeof cluster?.server !== "string") {
        throw new Error(`kubeconfig ${origin}: cluster "${wanted}" has no server`);
    }
    if (user.exec !== undefined || user["auth-provider"] !== undefined) {
        throw new Error(
            `kubeconfig ${origin}: user "${context.user}" logs in by a helper program, which is not supported`,
        );
    }
    const file = (values: Readonly<Record<string, unknown>>, name: string) => {
        const data = values[`${name}-data`];
        const path = values[name];
        return typeof data === "string"
            ? Buffer.from(data, "base64")
            : typeof path === "string"
              ? readFileSync(resolve(directory, path))
              : undefined;
    };
    const [ca, certificate, key] = [
        file(cluster, "certificate-authority"),
        file(user, "client-certificate"),
        file(user, "client-key"),
    ];
    const token = user.token ?? file({ tokenFile: user.tokenFile }, "tokenFile")?.toString("utf8").trim();
    return {
        server: cluster.server,
        insecure: cluster["insecure-skip-tls-verify"] === true,
        namespace: context.namespace ?? "default",
        ...(ca && { ca }),
        ...(certificate && { certificate }),
        ...(key && { key }),
        ...(typeof token === "string" && { token }),
    };
}

function locate(source: string | undefined): { text: string; directory: string; origin: string } {
    const listed = source ?? process.env.KUBECONFIG ?? join(homedir(), ".kube", "config");
    if (listed.includes("\n") || listed.trimStart().startsWith("{")) {
        return { text: listed, directory: process.cwd(), origin: "(given as text)" };
    }
    for (const entry of listed.split(delimiter)) {
        const path = entry.replace(/^~(?=$|\/)/, homedir());
        try {
            return { text: readFileSync(path, "utf8"), directory: dirname(path), origin: path };
        } catch {
            // The next one of the list may exist.
        }
    }
    throw new Error(`kubeconfig ${listed} cannot be read; set KUBECONFIG or the provider's input kubeconfig`);
}

function parseConfig(text: string, origin: string): Kubeconfig {
    try {
        return (parse(text) ?? {}) as Kubeconfig;
    } catch {
        // Without the parser's message: it quotes credentials.
        throw new Error(`kubeconfig ${origin} is not YAML`);
    }
}
