import type { SecretExtensionBlock } from "../../config/secretExtension.js";
import { egressTo, ingressFrom, toNameServer } from "../network/peers.js";
import { extensionLabels, MONITOR_PORT, SECRETS_PORT } from "./extensionDeployment.js";

type Reach = NonNullable<SecretExtensionBlock["networkPolicy"]>;

/** Spec of a NetworkPolicy: Woodpecker's server and Prometheus in; names, Vault and the server's key out. */
export function extensionNetworkPolicySpec({ vault, woodpecker, prometheus, dns }: Reach) {
    return {
        podSelector: { matchLabels: extensionLabels },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
            ingressFrom(woodpecker, SECRETS_PORT),
            ...(prometheus ? [ingressFrom(prometheus, MONITOR_PORT)] : []),
        ],
        egress: [toNameServer(dns), egressTo(vault), egressTo(woodpecker)],
    };
}
