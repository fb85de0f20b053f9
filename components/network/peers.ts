import type { NetworkPeer, Pods } from "../../config/networkPolicy.js";

/** Names of the cluster. */
export function toNameServer({ namespace, labels }: Pods) {
    return { to: [podsOf({ namespace, labels })], ports: [port(53, "UDP"), port(53, "TCP")] };
}

export function egressTo(peer: NetworkPeer) {
    return { to: [placeOf(peer)], ports: [port(peer.port, "TCP")] };
}

/** @param own port of the pods that the policy is for */
export function ingressFrom(peer: NetworkPeer | Pods, own: number) {
    return { from: [placeOf(peer)], ports: [port(own, "TCP")] };
}

function placeOf(peer: NetworkPeer | Pods) {
    return "cidr" in peer ? { ipBlock: { cidr: peer.cidr } } : podsOf(peer);
}

function podsOf({ namespace, labels }: Pods) {
    return {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
        podSelector: { matchLabels: { ...labels } },
    };
}

const port = (number: number, protocol: "TCP" | "UDP") => ({ port: number, protocol });
