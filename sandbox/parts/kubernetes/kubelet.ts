/** A real node: containerd and the kubelet in an enclosure that takes every container and mount with it when it ends. */

import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { writeAtomically } from "../../lib/files.js";
import type { PartContext } from "../../lib/part.js";
import { clusterPki, kubeconfigOf } from "./cluster.js";
import {
    containerdConfiguration,
    containerdSocket,
    containersOf,
    ctr,
    networkConfiguration,
    nodeFiles,
    runDirectory,
} from "./containerd.js";
import type { NodeKind } from "./machine.js";
import { nodeName, type Pki } from "./pki.js";
import { makeMountPoints, removeControlGroups, removeMountPoints } from "./traces.js";

export const processName = "node";

const evictionSignals = ["memory.available", "nodefs.available", "nodefs.inodesFree", "imagefs.available"];

/** The kubelet's configuration; paths as seen in the enclosure. */
export function kubeletConfiguration(pki: Pki, port: number): Record<string, unknown> {
    return {
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        address: "127.0.0.1",
        port,
        readOnlyPort: 0,
        healthzPort: 0,
        authentication: {
            anonymous: { enabled: false },
            webhook: { enabled: true },
            x509: { clientCAFile: pki.authority },
        },
        authorization: { mode: "Webhook" },
        tlsCertFile: pki.certificate("kubelet"),
        tlsPrivateKeyFile: pki.key("kubelet"),
        containerRuntimeEndpoint: `unix://${containerdSocket}`,
        cgroupDriver: "cgroupfs",
        cgroupRoot: "/",
        cgroupsPerQOS: false,
        enforceNodeAllocatable: [],
        failCgroupV1: false,
        failSwapOn: false,
        makeIPTablesUtilChains: false,
        localStorageCapacityIsolation: false,
        // A disk or a memory that is nearly full for other reasons must not throw out pods or images.
        imageGCHighThresholdPercent: 100,
        imageGCLowThresholdPercent: 99,
        evictionHard: Object.fromEntries(evictionSignals.map((signal) => [signal, "0%"])),
        resolvConf: "/etc/resolv.conf",
        volumePluginDir: "/var/lib/kubelet/volume-plugins",
        nodeStatusUpdateFrequency: "10s",
        // What a volume of a Secret shows follows the Secret within this time.
        syncFrequency: "10s",
        serializeImagePulls: false,
    };
}

export async function startNode(context: PartContext, node: NodeKind & { kind: "real" }): Promise<void> {
    const pki = clusterPki(context);
    const file = (name: string) => join(context.directory, name);
    const network = file("network");
    mkdirSync(network, { recursive: true });
    writeAtomically(join(network, "10-none.conflist"), networkConfiguration);
    writeAtomically(
        file(nodeFiles.containerd),
        containerdConfiguration(network, file(nodeFiles.hosts), node.snapshotter),
    );
    writeAtomically(file("kubelet.yaml"), stringify(kubeletConfiguration(pki, context.port("kubelet"))));
    writeAtomically(file("plan.json"), JSON.stringify(planOf(context, node), null, 2));
    makeMountPoints(targetsOf(context));
    await context.spawn({
        name: processName,
        command: context.bin("enclose"),
        args: [file("plan.json")],
        inputs: [file("plan.json"), file(nodeFiles.containerd), file("kubelet.yaml"), pki.authority],
    });
    await context.waitUntil("containerd", () => ctr(context, context.directory, ["version"]), { processName });
}

/** When the enclosure started: containerd makes its socket anew each time. */
export function startedAt(context: PartContext): Date {
    return statSync(join(runDirectory(context.directory), "containerd.sock")).mtime;
}

export async function stopNode(context: PartContext): Promise<void> {
    const containers = containersOf(context.directory);
    await context.stop(processName);
    removeControlGroups(containers);
    removeMountPoints(targetsOf(context));
}

/** Directories of the node that lie over the programs' built-in ones. */
function bindsOf({ directory }: PartContext) {
    return [
        { source: runDirectory(directory), target: "/run/containerd" },
        { source: join(directory, "containerd"), target: "/var/lib/containerd" },
        { source: join(directory, "kubelet"), target: "/var/lib/kubelet" },
        { source: join(directory, "log"), target: "/var/log" },
    ];
}

function targetsOf(context: PartContext): string[] {
    return bindsOf(context).map(({ target }) => target);
}

/** What `enclose` runs: see its own description. */
function planOf(context: PartContext, node: NodeKind & { kind: "real" }) {
    const file = (name: string) => join(context.directory, name);
    const log = (name: string) => join(context.stateDirectory, "logs", `${name}.log`);
    return {
        binds: bindsOf(context),
        processes: [
            {
                name: "containerd",
                command: context.bin("containerd"),
                args: ["--config", file(nodeFiles.containerd), "--log-level", "warn"],
                env: ["GOGC=50"],
                log: log("containerd"),
            },
            {
                name: "kubelet",
                command: context.bin("kube"),
                args: [
                    ...["kubelet", "--config", file("kubelet.yaml"), "--kubeconfig", kubeconfigOf(context, "kubelet")],
                    ...["--hostname-override", nodeName, "--node-ip", node.address, "--v", "1"],
                ],
                env: ["GOGC=40"],
                log: log("kubelet"),
                after: containerdSocket,
                again: 10,
            },
        ],
    };
}
