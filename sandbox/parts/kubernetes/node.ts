import { CoreV1Api } from "@kubernetes/client-node";
import type { Part, PartContext } from "../../lib/part.js";
import { adminClient } from "./cluster.js";
import { importNodeImage, importPauseImage } from "./images.js";
import { jobImage } from "./jobImage.js";
import { awaitKubelet, startNode, stopNode } from "./kubelet.js";
import { startSimulatedNode } from "./kwok.js";
import { nodeKind } from "./machine.js";
import { nodeName } from "./pki.js";

/** Where pods run: containerd and a kubelet where this machine allows it, otherwise a simulation. */
export const node: Part = {
    name: "node",
    needs: ["kube-controller-manager", "kube-scheduler"],
    get programs() {
        return nodeKind().kind === "real"
            ? ["kube", "openssl", "enclose", "app", "containerd", "ctr", "containerd-shim-runc-v2", "runc"]
            : ["kube", "openssl", "kwok"];
    },
    async origin(context) {
        const kind = nodeKind();
        if (kind.kind === "simulated") {
            const kwok = context.provenance("kwok");
            return { kind: "simulated", version: kwok?.version ?? "", from: `kwok, because ${kind.reason}` };
        }
        const [kube, containerd] = [context.provenance("kube"), context.provenance("containerd")];
        return {
            kind: "real",
            version: kube?.version ?? "",
            from: `${kube?.from} (kubelet); ${containerd?.from} (containerd ${containerd?.version})`,
        };
    },
    async start(context) {
        const kind = nodeKind();
        if (kind.kind === "real") {
            await startNode(context, kind);
            await importPauseImage(context, context.directory);
            await importNodeImage(context, context.directory, jobImage(context.root));
            await awaitKubelet(context);
        } else {
            context.say(`nodes are simulated: ${kind.reason}`);
            await startSimulatedNode(context);
        }
        await context.waitUntil("the node to be ready", () => expectReady(context), {
            processName: kind.kind === "real" ? "node" : "kwok",
        });
    },
    async stop(context) {
        await context.stop("kwok");
        await stopNode(context);
    },
};

async function expectReady(context: PartContext): Promise<void> {
    const { status } = await adminClient(context).makeApiClient(CoreV1Api).readNode({ name: nodeName });
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status !== "True") throw new Error(ready?.message ?? "the node has not reported yet");
}
