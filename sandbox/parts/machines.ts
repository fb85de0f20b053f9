import { join } from "node:path";
import type { StackMachines, StackNode, StackVm } from "../lib/stackFile.js";
import { nodeFiles } from "./kubernetes/containerd.js";
import { nodeDirectory } from "./kubernetes/node.js";
import { sshdValues } from "./sshd.js";
import { vmValues } from "./vm/index.js";

type PartValues = ReadonlyMap<string, string>;

/** What the stack file has to say of the machines that are reached over SSH, as far as their parts know it. */
export function machinesOfStack(values: PartValues): StackMachines {
    return { vm: vmOf(values), node: nodeOf(values) };
}

function vmOf(values: PartValues): StackVm | undefined {
    const hostKey = values.get(vmValues.hostKey);
    const registry = values.get(vmValues.registryImage);
    const nginx = values.get(vmValues.nginxImage);
    return hostKey && registry && nginx ? { hostKey, images: { registry, nginx } } : undefined;
}

/** Its mirrors are the registries of the VM. */
function nodeOf(values: PartValues): StackNode | undefined {
    const directory = values.get(nodeDirectory);
    const hostKey = values.get(sshdValues.hostKey);
    const certificate = values.get(vmValues.certificate);
    if (!directory || !hostKey || !certificate || !vmOf(values)) return undefined;
    return {
        hostKey,
        directory: join(directory, nodeFiles.hosts),
        containerdConfig: join(directory, nodeFiles.containerd),
        certificate,
    };
}
