import type { InfraPipelineBlocks } from "../../config/infra.js";
import {
    byHand,
    clone,
    type InfraContext,
    type InfraPipeline,
    notify,
    oneAtATime,
    pushOf,
    scriptStep,
    slackSecret,
    sshAccess,
} from "./pipeline.js";
import { infraScripts } from "./scripts.js";

const keySecret = "pve_ssh_key";

/** Puts the NFS exports of the repository in place on their host. */
export function pveNfsExportsSync(
    context: InfraContext,
    block: NonNullable<InfraPipelineBlocks["pve-nfs-exports-sync"]>,
): InfraPipeline {
    const { infra } = context;
    const sync = scriptStep({
        name: "sync",
        image: infra.tools,
        script: infraScripts["pve-nfs-exports-sync"],
        environment: { EXPORTS_FILE: block.file, ...sshAccess(block.ssh, keySecret) },
    });
    return {
        name: "pve-nfs-exports-sync",
        workflow: {
            when: [pushOf(infra, block.file), byHand("pve-nfs-exports-sync")],
            clone: clone(infra, 1),
            concurrency: oneAtATime("pve-nfs-exports-sync"),
            steps: [sync, ...notify(context, "pve-nfs-exports-sync")],
        },
        secrets: [{ name: keySecret, source: block.ssh.key }, ...slackSecret(context)],
    };
}
