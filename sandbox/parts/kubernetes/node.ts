import { CoreV1Api } from "@kubernetes/client-node";
import type { Part, PartContext } from "../../lib/part.js";
import { adminClient } from "./cluster.js";
import { importNodeImage, importPauseImage } from "./images.js";
import { jobImage } from "./jobImage.js";
import { processName, startedAt, startNode, stopNode } from "./kubelet.js";
import { startSimulatedNode } from "./kwok.js";
import { nodeKind } from "./machine.js";
import { nodeName } from "./pki.js";

/** Directory of the real node; nothing where it is simulated. */
export const nodeDirectory = "node.directory";

/** Where pods run: containerd and a kubelet where this machine allows it, otherwise a simulation. */
export const node: Part = {
    name: "node",
    needs: ["kube-apiserver"],
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
            const since = startedAt(context);
            await context.waitUntil("the node to be ready", () => expectReady(context, since), { processName });
            await context.waitUntil("the pods of the last run", () => expectPodsSeen(context, since), { processName });
            context.values.set(nodeDirectory, context.directory);
        } else {
            context.say(`the node is simulated: ${kind.reason}`);
            context.values.delete(nodeDirectory);
            await startSimulatedNode(context);
            await context.waitUntil("the node to be ready", () => expectReady(context), { processName: "kwok" });
        }
    },
    async stop(context) {
        await context.stop("kwok");
        await stopNode(context);
    },
};

/** @param since older reports are of an earlier run */
async function expectReady(context: PartContext, since = new Date(0)): Promise<void> {
    const { status } = await adminClient(context).makeApiClient(CoreV1Api).readNode({ name: nodeName });
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status !== "True") throw new Error(ready?.message ?? "the node has not reported yet");
    if (isBefore(ready.lastHeartbeatTime, since)) throw new Error("the node has not reported since it was started");
}

/** Containers end with the enclosure; until the kubelet has started them again, their pods are called ready wrongly. */
async function expectPodsSeen(context: PartContext, since: Date): Promise<void> {
    const { items } = await adminClient(context).makeApiClient(CoreV1Api).listPodForAllNamespaces();
    for (const { metadata, spec, status } of items) {
        const isStale = status?.containerStatuses?.some(
            ({ state }) =>
                isBefore(state?.running?.startedAt, since) ||
                (state?.terminated !== undefined && spec?.restartPolicy === "Always"),
        );
        if (isStale) throw new Error(`${metadata?.namespace}/${metadata?.name} is not running again`);
    }
}

/** The API's times have no fractions of a second. */
function isBefore(time: Date | undefined, since: Date): boolean {
    return time !== undefined && time.getTime() < Math.floor(since.getTime() / 1000) * 1000;
}
