import { z } from "zod";
import { dnsLabel } from "./primitives.js";

const port = z.int().min(1).max(65_535);
const labels = z.record(z.string(), z.string());

/** Pods of a namespace, or addresses, at the port they listen on (of a Service that is its target port). */
export const peer = z.union(
    [
        z.strictObject({ namespace: dnsLabel, labels: labels.default({}), port }),
        z.strictObject({ cidr: z.union([z.cidrv4(), z.cidrv6()], "is not a CIDR such as 10.0.0.1/32"), port }),
    ],
    { error: "is neither { namespace, labels, port } nor { cidr, port }" },
);

/** Pods of a namespace. */
export const pods = z.strictObject({ namespace: dnsLabel, labels: labels.default({}) });

/** Where the cluster's name server is. */
export const nameServer = pods.default({ namespace: "kube-system", labels: { "k8s-app": "kube-dns" } });

export type NetworkPeer = z.infer<typeof peer>;
export type Pods = z.infer<typeof pods>;
