import type { V1ContainerState, V1Deployment, V1Pod, V1ReplicaSet } from "@kubernetes/client-node";
import { expect } from "chai";
import { rolloutReasons } from "../../../../components/release/rolloutReasons.js";

const revision = (n: string) => ({ "deployment.kubernetes.io/revision": n });
const ownedBy = (uid: string) => [{ apiVersion: "apps/v1", kind: "", name: "", uid }];
const set = (n: string): V1ReplicaSet => ({
    metadata: { uid: `rs${n}`, annotations: revision(n), ownerReferences: ownedBy("d") },
});
const deployment = (conditions: object[] = []): V1Deployment =>
    ({ metadata: { uid: "d", annotations: revision("2") }, status: { conditions } }) as V1Deployment;

function pod(owner: string, state: V1ContainerState, lastState?: V1ContainerState): V1Pod {
    const containerStatuses = [
        { name: "web", image: "", imageID: "", ready: false, restartCount: 0, state, ...(lastState && { lastState }) },
    ];
    return { metadata: { name: "web-1", ownerReferences: ownedBy(owner) }, status: { containerStatuses } };
}

const reasons = (pods: V1Pod[], conditions: object[] = []) =>
    rolloutReasons(deployment(conditions), { replicaSets: [set("1"), set("2")], pods });

describe("why a rollout does not end", () => {
    it("an image that cannot be pulled", () => {
        const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "acme/web:1"' };
        expect(reasons([pod("rs2", { waiting })])).deep.equal([
            'pod web-1: container web: ImagePullBackOff: Back-off pulling image "acme/web:1"',
        ]);
    });

    it("a crash loop, with the code of the last end", () => {
        const waiting = { reason: "CrashLoopBackOff", message: "back-off 40s" };
        const last = { terminated: { exitCode: 3, reason: "Error" } };
        expect(reasons([pod("rs2", { waiting }, last)])).deep.equal([
            "pod web-1: container web: CrashLoopBackOff: back-off 40s, exit code 3",
        ]);
    });

    it("a quota, which leaves no pod to ask", () => {
        const refused = {
            type: "ReplicaFailure",
            status: "True",
            reason: "FailedCreate",
            message: "exceeded quota: q",
        };
        expect(reasons([], [refused])).deep.equal(["FailedCreate: exceeded quota: q"]);
    });

    it("no place to run", () => {
        const unplaced = pod("rs2", { waiting: { reason: "ContainerCreating" } });
        const conditions = [
            { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes are available" },
        ];
        expect(reasons([{ ...unplaced, status: { ...unplaced.status, conditions } }])).deep.equal([
            "pod web-1: Unschedulable: 0/1 nodes are available",
        ]);
    });

    it("nothing of what pods of earlier revisions have, and nothing while all goes well", () => {
        const waiting = { reason: "ImagePullBackOff" };
        expect(reasons([pod("rs1", { waiting }), pod("rs2", { running: {} })])).deep.equal([]);
    });
});
