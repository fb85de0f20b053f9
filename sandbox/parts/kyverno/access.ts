import { readFileSync } from "node:fs";
import { CoreV1Api } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { readIfThere, writeAtomically } from "../../lib/files.js";
import type { PartContext } from "../../lib/part.js";
import { adminClient, apiServer, clusterPki } from "../kubernetes/cluster.js";
import { kyvernoNamespace } from "./manifest.js";

const lifetimeSeconds = 30 * 24 * 3600;
/** A token that ends sooner is replaced at the next start. */
const leastSeconds = 7 * 24 * 3600;

/** A kubeconfig with a token of the ServiceAccount, as its pod would have it. @returns its path */
export async function accessOf(context: PartContext, account: string, path: string): Promise<string> {
    const earlier = readIfThere(path);
    if (earlier?.includes(apiServer(context)) && lastsLongEnough(earlier)) return path;
    const core = adminClient(context).makeApiClient(CoreV1Api);
    const { status } = await core.createNamespacedServiceAccountToken({
        namespace: kyvernoNamespace,
        name: account,
        body: { spec: { audiences: [], expirationSeconds: lifetimeSeconds } },
    });
    const authority = readFileSync(clusterPki(context).authority).toString("base64");
    const text = stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
            { name: "sandbox", cluster: { server: apiServer(context), "certificate-authority-data": authority } },
        ],
        users: [{ name: account, user: { token: status?.token } }],
        contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: account } }],
        "current-context": "sandbox",
    });
    writeAtomically(path, text, 0o600);
    return path;
}

/** By what the token says of itself; the API server alone judges whether it is true. */
function lastsLongEnough(kubeconfig: string): boolean {
    const payload = /token: [\w-]+\.([\w-]+)\.[\w-]+/.exec(kubeconfig)?.[1];
    if (payload === undefined) return false;
    const { exp } = JSON.parse(Buffer.from(payload, "base64url").toString()) as { exp?: number };
    return exp !== undefined && exp - Date.now() / 1000 > leastSeconds;
}
