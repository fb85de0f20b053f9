import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";

/** A ServiceAccount's files as the kubelet would mount them, and the variables that tell a step about the cluster. */
export interface Mounted {
    /** `SERVICEACCOUNT_DIR` (absent where the account mounts no token), `KUBERNETES_SERVICE_HOST` and `_PORT`. */
    readonly environment: Readonly<Record<string, string>>;
    remove(): Promise<void>;
}

interface Cluster {
    readonly server: URL;
    readonly ca: string;
    readonly certificate?: string;
    readonly key?: string;
    readonly token?: string;
}

interface Kubeconfig {
    readonly "current-context": string;
    readonly contexts: readonly { name: string; context: { cluster: string; user: string } }[];
    readonly clusters: readonly { name: string; cluster: Record<string, string> }[];
    readonly users: readonly { name: string; user: Record<string, string> }[];
}

const tokenSeconds = 3607;

/** Hands out fresh tokens of ServiceAccounts in the pipelines' namespace, for steps that are processes instead of pods. */
export class ServiceAccounts {
    readonly #kubeconfig: string;
    readonly #namespace: string;
    readonly #parent: string;

    /** @param parent where the directories of mounted accounts are made */
    constructor(kubeconfig: string, namespace: string, parent = tmpdir()) {
        this.#kubeconfig = kubeconfig;
        this.#namespace = namespace;
        this.#parent = parent;
    }

    /** @param name `undefined` for the namespace's own account, as in a pod that names none */
    async mount(name = "default"): Promise<Mounted> {
        const cluster = await readCluster(this.#kubeconfig);
        const account = await this.#call<{ automountServiceAccountToken?: boolean }>(cluster, "GET", name);
        const host = {
            KUBERNETES_SERVICE_HOST: cluster.server.hostname,
            KUBERNETES_SERVICE_PORT: cluster.server.port || "443",
        };
        if (account.automountServiceAccountToken === false) return { environment: host, remove: async () => undefined };
        const request = {
            apiVersion: "authentication.k8s.io/v1",
            kind: "TokenRequest",
            spec: { expirationSeconds: tokenSeconds },
        };
        const { status } = await this.#call<{ status: { token: string } }>(cluster, "POST", `${name}/token`, request);
        const directory = await mkdtemp(join(this.#parent, "serviceaccount-"));
        const files = { token: status.token, "ca.crt": cluster.ca, namespace: this.#namespace };
        await Promise.all(
            Object.entries(files).map(([file, content]) => writeFile(join(directory, file), content, { mode: 0o600 })),
        );
        return {
            environment: { ...host, SERVICEACCOUNT_DIR: directory },
            remove: () => rm(directory, { recursive: true, force: true }),
        };
    }

    #call<T>(cluster: Cluster, method: string, path: string, body?: object): Promise<T> {
        const { server, ca, certificate: cert, key, token } = cluster;
        const url = new URL(`/api/v1/namespaces/${this.#namespace}/serviceaccounts/${path}`, server);
        return new Promise<T>((resolve, reject) => {
            const request = httpsRequest(url, {
                method,
                ca,
                cert,
                key,
                headers: {
                    "content-type": "application/json",
                    ...(token ? { authorization: `Bearer ${token}` } : {}),
                },
            });
            request.once("error", (error) => reject(new Error(`${method} ${url.href}: ${error.message}`)));
            request.once("response", (response) => {
                let text = "";
                response.setEncoding("utf8");
                response.on("data", (chunk: string) => {
                    text += chunk;
                });
                response.once("end", () => {
                    const answer = JSON.parse(text || "{}") as T & { message?: string };
                    if ((response.statusCode ?? 500) < 300) resolve(answer);
                    // What the API server says when a pod names an account that is not there.
                    else
                        reject(
                            new Error(`error looking up service account ${this.#namespace}/${path}: ${answer.message}`),
                        );
                });
            });
            request.end(body === undefined ? undefined : JSON.stringify(body));
        });
    }
}

async function readCluster(path: string): Promise<Cluster> {
    const config = parse(await readFile(path, "utf8")) as Kubeconfig;
    const context = config.contexts.find(({ name }) => name === config["current-context"])?.context;
    const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
    const user = config.users.find(({ name }) => name === context?.user)?.user ?? {};
    if (!cluster?.server) throw new Error(`${path}: the current context names no cluster`);
    const read = async (from: Record<string, string>, key: string): Promise<string | undefined> => {
        const data = from[`${key}-data`];
        if (data !== undefined) return Buffer.from(data, "base64").toString();
        return from[key] === undefined ? undefined : readFile(from[key], "utf8");
    };
    return {
        server: new URL(cluster.server),
        ca: (await read(cluster, "certificate-authority")) ?? "",
        certificate: await read(user, "client-certificate"),
        key: await read(user, "client-key"),
        token: user.token,
    };
}
