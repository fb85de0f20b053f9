import type { SecretSyncBlock } from "../../config/secretSync.js";
import { egressTo, toNameServer } from "../network/peers.js";
import { SYNC_NAME } from "./syncCronJob.js";

type Reach = NonNullable<SecretSyncBlock["networkPolicy"]>;

/** Spec of a NetworkPolicy: names, Vault, Woodpecker and the Pushgateway out, nothing in. */
export function syncNetworkPolicySpec({ vault, woodpecker, pushgateway, dns }: Reach) {
    return {
        podSelector: { matchLabels: { "app.kubernetes.io/name": SYNC_NAME } },
        policyTypes: ["Ingress", "Egress"],
        egress: [toNameServer(dns), ...[vault, woodpecker, ...(pushgateway ? [pushgateway] : [])].map(egressTo)],
    };
}
