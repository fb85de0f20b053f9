import { appFiles } from "../../components/app/files.js";
import { patchName, releaseName } from "../../components/release/pins.js";
import type { App } from "../../config/settings.js";

/**
 * What an update of these applications' pins touches, as patterns for `pulumi --target`: their patches, the components these
 * stand in, and the deploy pipelines, which refuse a pinned application.
 */
export function pinTargets(apps: readonly App[]): string[] {
    const names = apps.flatMap((app) => [
        `cicd:release:Release::${releaseName(app.name)}`,
        ...app.deployments.map((d) => `DeploymentPatch::${patchName(app.name, d)}`),
        `RepositoryFile::${app.name}-github-${appFiles(app).deploy.path}`,
    ]);
    return [...new Set(["cicd:release:Releases::releases", ...names])].map((name) => `**${name}`);
}
