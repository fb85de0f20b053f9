import type { NetworkPeer, SecretSyncBlock } from "../../config/secretSync.js";
import { SYNC_NAME } from "./syncCronJob.js";

type Reach = NonNullable<SecretSyncBlock["networkPolicy"]>;

/** Spec of a NetworkPolicy: names, Vault, Woodpecker and the Pushgateway out, nothing in. */
export function syncNetworkPolicySpec({ vault, woodpecker, pushgateway, dns }: Reach) {
    const nameServer = {
        to: [pods(dns.namespace, dns.labels)],
        ports: (["UDP", "TCP"] as const).map((p) => port(53, p)),
    };
    return {
        podSelector: { matchLabels: { "app.kubernetes.io/name": SYNC_NAME } },
        policyTypes: ["Ingress", "Egress"],
        egress: [nameServer, ...[vault, woodpecker, ...(pushgateway ? [pushgateway] : [])].map(egressTo)],
    };
}

function egressTo(peer: NetworkPeer) {
    const to = "cidr" in peer ? { ipBlock: { cidr: peer.cidr } } : pods(peer.namespace, peer.labels);
    return { to: [to], ports: [port(peer.port, "TCP")] };
}

function pods(namespace: string, matchLabels: Readonly<Record<string, string>>) {
    return {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        podSelector: { matchLabels: { ...matchLabels } },
    };
}

const port = (number: number, protocol: "TCP" | "UDP") => ({ port: number, protocol });
