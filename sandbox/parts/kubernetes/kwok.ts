/** A simulated node: pods become ready, and nothing runs. */

import { join } from "node:path";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import { stringify } from "yaml";
import { writeAtomically } from "../../lib/files.js";
import type { PartContext } from "../../lib/part.js";
import { adminClient, adminKubeconfig } from "./cluster.js";
import { createIfMissing } from "./create.js";
import { kwokStages } from "./kwokStages.js";
import { nodeName } from "./pki.js";

export async function startSimulatedNode(context: PartContext): Promise<void> {
    const stages = join(context.directory, "stages.yaml");
    writeAtomically(stages, kwokStages.map((stage) => stringify(stage)).join("---\n"));
    await context.spawn({
        name: "kwok",
        command: context.bin("kwok"),
        args: [
            ...["--kubeconfig", adminKubeconfig(context), "--config", stages, "--manage-all-nodes"],
            ...["--server-address", `127.0.0.1:${context.port("kwok")}`],
            // Without a lease that is renewed the node is called lost after some minutes, and its pods with it.
            ...["--node-lease-duration-seconds", "40"],
        ],
        inputs: [adminKubeconfig(context), stages],
    });
    await createIfMissing(KubernetesObjectApi.makeApiClient(adminClient(context)), {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: nodeName, labels: { "kubernetes.io/os": "linux", "kubernetes.io/hostname": nodeName } },
    });
}
