import { originOf } from "../../lib/origin.js";
import type { Part } from "../../lib/part.js";
import { adminKubeconfig, apiServer, clusterPki, expectHealthy } from "./cluster.js";

/** Issuer of ServiceAccount tokens, and their audience unless another is asked for. */
export const issuer = "https://kubernetes.default.svc.cluster.local";

export const apiserver: Part = {
    name: "kube-apiserver",
    needs: ["etcd"],
    programs: ["kube", "openssl"],
    origin: async (context) => originOf(context, "kube"),
    async start(context) {
        const pki = clusterPki(context);
        await context.spawn({
            name: "kube-apiserver",
            command: context.bin("kube"),
            args: [
                ...["kube-apiserver", "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1"],
                ...["--secure-port", String(context.port("kube-apiserver")), "--endpoint-reconciler-type", "none"],
                ...["--etcd-servers", `https://127.0.0.1:${context.port("etcd")}`, "--etcd-cafile", pki.authority],
                ...["--etcd-certfile", pki.certificate("etcd-client"), "--etcd-keyfile", pki.key("etcd-client")],
                ...["--client-ca-file", pki.authority, "--tls-cert-file", pki.certificate("apiserver")],
                ...["--tls-private-key-file", pki.key("apiserver"), "--anonymous-auth=false"],
                ...["--authorization-mode", "Node,RBAC", "--enable-admission-plugins", "NodeRestriction"],
                ...["--service-account-issuer", issuer, "--api-audiences", issuer],
                ...["--service-account-key-file", pki.tokenPublicKey],
                ...["--service-account-signing-key-file", pki.tokenKey, "--service-cluster-ip-range", "10.96.0.0/16"],
                ...["--kubelet-client-certificate", pki.certificate("apiserver-kubelet-client")],
                ...["--kubelet-client-key", pki.key("apiserver-kubelet-client")],
                ...["--kubelet-certificate-authority", pki.authority, "--kubelet-preferred-address-types", "Hostname"],
                ...["--requestheader-client-ca-file", pki.authority],
                ...["--requestheader-allowed-names", "front-proxy-client"],
                ...["--requestheader-username-headers", "X-Remote-User"],
                ...["--requestheader-group-headers", "X-Remote-Group"],
                ...["--requestheader-extra-headers-prefix", "X-Remote-Extra-"],
                ...["--proxy-client-cert-file", pki.certificate("front-proxy-client")],
                ...["--proxy-client-key-file", pki.key("front-proxy-client")],
                // The sandbox's own admission rule (see seedObjects.ts) is of a kind that 1.34 has switched off.
                ...["--runtime-config", "admissionregistration.k8s.io/v1beta1=true"],
                ...["--feature-gates", "MutatingAdmissionPolicy=true"],
                ...["--enable-priority-and-fairness=false", "--profiling=false", "--allow-privileged=true"],
            ],
            env: { GOGC: "40" },
            inputs: [pki.authority, pki.tokenPublicKey],
        });
        await context.waitUntil("the Kubernetes API", () => expectHealthy(context, `${apiServer(context)}/readyz`), {
            processName: "kube-apiserver",
            timeoutSeconds: 120,
        });
        context.values.set("KUBECONFIG", adminKubeconfig(context));
    },
    stop: (context) => context.stop("kube-apiserver"),
};
