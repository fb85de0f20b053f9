import type { ManagedFile } from "../github/repositoryContent.js";
import { renderWorkflow } from "../woodpecker/workflow.js";
import { buildCiImage } from "./buildCiImage.js";
import { buildCli } from "./buildCli.js";
import { defaultPipeline } from "./default.js";
import { driftDetection } from "./driftDetection.js";
import { issueAutomation } from "./issueAutomation.js";
import { k8sPortal } from "./k8sPortal.js";
import type { InfraContext, InfraPipeline } from "./pipeline.js";
import { postmortemTodos } from "./postmortemTodos.js";
import { provisionUser } from "./provisionUser.js";
import { pveNfsExportsSync } from "./pveNfsExportsSync.js";
import { registryConfigSync } from "./registryConfigSync.js";
import { renewTls } from "./renewTls.js";

/** Every pipeline that the settings manage. */
export function infraPipelines(context: InfraContext): InfraPipeline[] {
    const blocks = context.infra.pipelines;
    const portal = context.infra.portal;
    const found = [
        blocks.default && defaultPipeline(context, blocks.default),
        blocks["renew-tls"] && renewTls(context, blocks["renew-tls"]),
        blocks["build-cli"] && buildCli(context, blocks["build-cli"]),
        blocks["build-ci-image"] && buildCiImage(context, blocks["build-ci-image"]),
        portal && k8sPortal(context, portal),
        blocks["registry-config-sync"] && registryConfigSync(context, blocks["registry-config-sync"]),
        blocks["pve-nfs-exports-sync"] && pveNfsExportsSync(context, blocks["pve-nfs-exports-sync"]),
        blocks["postmortem-todos"] && postmortemTodos(context, blocks["postmortem-todos"]),
        blocks["issue-automation"] && issueAutomation(context, blocks["issue-automation"]),
        blocks["provision-user"] && provisionUser(context, blocks["provision-user"]),
    ];
    const pipelines = found.filter((pipeline) => pipeline !== undefined);
    const vaultUsers = pipelines.filter(({ rights }) => rights).map(({ name }) => name);
    const drift = blocks["drift-detection"];
    return drift ? [...pipelines, driftDetection(context, drift, vaultUsers)] : pipelines;
}

/** What these pipelines keep in the repository: what a workflow calls comes before it. */
export function infraDocuments(pipelines: readonly InfraPipeline[]): ManagedFile[] {
    return pipelines.flatMap(({ name, workflow, files = [] }) => [
        ...files,
        {
            path: `.woodpecker/${name}.yml`,
            content: renderWorkflow(
                workflow,
                `Written by cicd-pipeline: the infra pipeline ${name}.\nAn edit here is undone: change the stack config.`,
            ),
        },
    ]);
}
