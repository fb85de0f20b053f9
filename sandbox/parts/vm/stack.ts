import type { StackVm } from "../../lib/stackFile.js";
import { vmValues } from "./index.js";

/** What the stack file has to say of the VM, as far as its part knows it. */
export function vmOfStack(values: ReadonlyMap<string, string>): StackVm | undefined {
    const hostKey = values.get(vmValues.hostKey);
    const registry = values.get(vmValues.registryImage);
    const nginx = values.get(vmValues.nginxImage);
    return hostKey && registry && nginx ? { hostKey, images: { registry, nginx } } : undefined;
}
