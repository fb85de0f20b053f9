/** How a simulated node treats nodes and pods: the stages that kwok plays. */

/** Images with this tag cannot be pulled in the simulation, which has no registry to ask. */
export const missingTag = "deadbeef";

const readyNode = `
{{ $now := Now }}
conditions:
- {type: Ready, status: "True", reason: Simulated, message: "", lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $now | Quote }}}
addresses:
- {type: Hostname, address: {{ .metadata.name | Quote }}}
allocatable: {cpu: "64", memory: 64Gi, pods: "500"}
capacity: {cpu: "64", memory: 64Gi, pods: "500"}
phase: Running
`;

const readyPod = podStatus(
    "True",
    "ready: true, started: true, state: {running: {startedAt: {{ $now | Quote }}}}",
    "phase: Running",
);

const unpulledPod = podStatus(
    "False",
    `ready: false, started: false, state: {waiting: {reason: ErrImagePull, message: {{ printf "simulated: the tag ${missingTag} does not exist: %s" .image | Quote }}}}`,
    "phase: Pending",
);

const completedPod = `
{{ $now := Now }}
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: false, started: false, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}}
{{ end }}
phase: Succeeded
`;

function podStatus(ready: "True" | "False", container: string, phase: string): string {
    return `
{{ $now := Now }}
conditions:
- {type: PodScheduled, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: ContainersReady, status: "${ready}", lastTransitionTime: {{ $now | Quote }}}
- {type: Ready, status: "${ready}", lastTransitionTime: {{ $now | Quote }}}
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, restartCount: 0, ${container}}
{{ end }}
${phase}
startTime: {{ $now | Quote }}
podIP: 127.0.0.1
hostIP: 127.0.0.1
`;
}

const alive = { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" };
const unpullable = `[.spec.containers[].image | endswith(":${missingTag}")] | any`;

const stages = [
    stage("node-ready", "Node", {
        matches: [
            {
                key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
                operator: "NotIn",
                values: ["True"],
            },
        ],
        next: { statusTemplate: readyNode },
    }),
    stage("pod-ready", "Pod", {
        matches: [
            alive,
            { key: ".status.phase", operator: "In", values: ["Pending"] },
            { key: unpullable, operator: "In", values: ["false"] },
        ],
        next: { statusTemplate: readyPod },
    }),
    stage("pod-unpullable", "Pod", {
        matches: [
            alive,
            { key: ".status.containerStatuses.[].state.waiting.reason", operator: "DoesNotExist" },
            { key: unpullable, operator: "In", values: ["true"] },
        ],
        next: { statusTemplate: unpulledPod },
    }),
    stage("pod-complete", "Pod", {
        matches: [
            alive,
            { key: ".status.phase", operator: "In", values: ["Running"] },
            { key: ".metadata.ownerReferences.[].kind", operator: "In", values: ["Job"] },
        ],
        delayMilliseconds: 500,
        next: { statusTemplate: completedPod },
    }),
    stage("pod-delete", "Pod", {
        matches: [{ key: ".metadata.deletionTimestamp", operator: "Exists" }],
        next: { delete: true },
    }),
];

interface StageOptions {
    readonly matches: readonly { key: string; operator: string; values?: readonly string[] }[];
    readonly delayMilliseconds?: number;
    readonly next: Readonly<Record<string, unknown>>;
}

function stage(name: string, kind: "Node" | "Pod", { matches, delayMilliseconds, next }: StageOptions) {
    return {
        apiVersion: "kwok.x-k8s.io/v1alpha1",
        kind: "Stage",
        metadata: { name },
        spec: {
            resourceRef: { apiGroup: "v1", kind },
            selector: { matchExpressions: matches },
            ...(delayMilliseconds !== undefined && { delay: { durationMilliseconds: delayMilliseconds } }),
            next,
        },
    };
}

export const kwokStages: readonly object[] = stages;
