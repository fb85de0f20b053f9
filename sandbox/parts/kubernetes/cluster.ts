/** What the parts of the cluster have in common: where files lie, how clients get in, how servers are asked. */

import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { writeAtomically } from "../../lib/files.js";
import type { PartContext } from "../../lib/part.js";
import { type CertificateName, ensurePki, type Pki, pkiIn } from "./pki.js";

export function clusterPki(context: PartContext): Pki {
    return pkiIn(join(context.stateDirectory, "pki"));
}

/** Certificates and kubeconfigs for every part of the cluster; also renews what ends soon. The first part does it. */
export async function prepareCluster(context: PartContext): Promise<Pki> {
    const pki = await ensurePki(join(context.stateDirectory, "pki"), context.bin("openssl"));
    for (const user of ["controller-manager", "scheduler", "kubelet"] as const) {
        writeAtomically(
            kubeconfigOf(context, user),
            kubeconfig(apiServer(context), {
                "certificate-authority": pki.authority,
                "client-certificate": pki.certificate(user),
                "client-key": pki.key(user),
            }),
            0o600,
        );
    }
    // The people's own file works wherever it is copied to on this machine.
    writeAtomically(
        adminKubeconfig(context),
        kubeconfig(apiServer(context), {
            "certificate-authority-data": base64(pki.authority),
            "client-certificate-data": base64(pki.certificate("admin")),
            "client-key-data": base64(pki.key("admin")),
        }),
        0o600,
    );
    return pki;
}

/** For example `https://127.0.0.1:18443`. */
export function apiServer(context: PartContext): string {
    return `https://127.0.0.1:${context.port("kube-apiserver")}`;
}

/** The administrator's kubeconfig, what `sandbox env` exports as KUBECONFIG. */
export function adminKubeconfig(context: PartContext): string {
    return join(context.stateDirectory, "kubeconfig");
}

export function kubeconfigOf(context: PartContext, user: CertificateName): string {
    return join(context.stateDirectory, "pki", `${user}.kubeconfig`);
}

/** A client with the administrator's rights. */
export function adminClient(context: PartContext): KubeConfig {
    const config = new KubeConfig();
    config.loadFromFile(adminKubeconfig(context));
    return config;
}

/** Throws unless the server answers 200 to a client with this certificate. */
export async function expectHealthy(context: PartContext, url: string, user: CertificateName = "admin"): Promise<void> {
    const pki = clusterPki(context);
    const [ca, cert, key] = [pki.authority, pki.certificate(user), pki.key(user)].map((path) => readFileSync(path));
    await new Promise<void>((resolve, reject) => {
        const call = request(url, { ca, cert, key, agent: false, timeout: 5000 }, (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (chunk: string) => {
                text += chunk;
            });
            response.once("end", () => {
                if (response.statusCode === 200) resolve();
                else reject(new Error(`${url} answers ${response.statusCode}: ${text.slice(0, 300)}`));
            });
        });
        call.once("timeout", () => call.destroy(new Error(`${url} does not answer`)));
        call.once("error", reject);
        call.end();
    });
}

interface Credentials {
    readonly "certificate-authority"?: string;
    readonly "certificate-authority-data"?: string;
    readonly "client-certificate"?: string;
    readonly "client-certificate-data"?: string;
    readonly "client-key"?: string;
    readonly "client-key-data"?: string;
}

function kubeconfig(server: string, credentials: Credentials): string {
    const isAuthority = ([key]: [string, unknown]) => key.startsWith("certificate-authority");
    const entries = Object.entries(credentials);
    const name = "sandbox";
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server, ...Object.fromEntries(entries.filter(isAuthority)) } }],
        users: [{ name, user: Object.fromEntries(entries.filter((entry) => !isAuthority(entry))) }],
        contexts: [{ name, context: { cluster: name, user: name } }],
        "current-context": name,
    });
}

function base64(path: string): string {
    return readFileSync(path).toString("base64");
}
