import { originOf } from "../../lib/origin.js";
import type { Part, PartContext, PortName } from "../../lib/part.js";
import { clusterPki, expectHealthy, kubeconfigOf } from "./cluster.js";
import type { CertificateName, Pki } from "./pki.js";

/** Controllers for clouds, volumes, certificates and bootstrap tokens: nothing here asks for them. */
const unused = [
    "bootstrap-signer-controller",
    "certificatesigningrequest-approving-controller",
    "certificatesigningrequest-cleaner-controller",
    "certificatesigningrequest-signing-controller",
    "ephemeral-volume-controller",
    "node-ipam-controller",
    "persistentvolume-attach-detach-controller",
    "persistentvolume-binder-controller",
    "persistentvolume-expander-controller",
    "resourceclaim-controller",
    "token-cleaner-controller",
    "ttl-controller",
    "validatingadmissionpolicy-status-controller",
    "volumeattributesclass-protection-controller",
];

export const controllerManager = controlLoop("kube-controller-manager", "controller-manager", (pki) => [
    ...["--service-account-private-key-file", pki.tokenKey, "--root-ca-file", pki.authority],
    ...["--use-service-account-credentials", "--allocate-node-cidrs=false"],
    ...["--controllers", ["*", ...unused.map((name) => `-${name}`)].join(",")],
]);

export const scheduler = controlLoop("kube-scheduler", "scheduler", () => []);

function controlLoop(
    name: string & PortName,
    user: CertificateName & ("controller-manager" | "scheduler"),
    extraArguments: (pki: Pki) => readonly string[],
): Part {
    return {
        name,
        needs: ["kube-apiserver"],
        programs: ["kube", "openssl"],
        origin: async (context: PartContext) => originOf(context, "kube"),
        async start(context) {
            const pki = clusterPki(context);
            const kubeconfig = kubeconfigOf(context, user);
            await context.spawn({
                name,
                command: context.bin("kube"),
                args: [
                    ...[name, "--bind-address", "127.0.0.1", "--secure-port", String(context.port(name))],
                    ...["--tls-cert-file", pki.certificate(user), "--tls-private-key-file", pki.key(user)],
                    ...["--kubeconfig", kubeconfig, "--authentication-kubeconfig", kubeconfig],
                    ...["--authorization-kubeconfig", kubeconfig, "--leader-elect=false", "--profiling=false"],
                    ...extraArguments(pki),
                ],
                env: { GOGC: "40" },
                inputs: [pki.authority, kubeconfig],
            });
            const health = `https://127.0.0.1:${context.port(name)}/healthz`;
            await context.waitUntil(name, () => expectHealthy(context, health), { processName: name });
        },
        stop: (context) => context.stop(name),
    };
}
