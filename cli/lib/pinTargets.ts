import { appFiles } from "../../components/app/files.js";
import type { App } from "../../config/settings.js";

/**
 * What an update of these applications' pins touches, as patterns for `pulumi --target`: their patches, the components these
 * stand in, and the deploy pipelines, which refuse a pinned application.
 */
export function pinTargets(apps: readonly App[]): string[] {
    const names = apps.flatMap((app) => [
        `cicd:release:Release::${app.name}-release`,
        ...app.deployments.map((d) => `DeploymentPatch::${app.name}-release-${d.namespace}-${d.deployment}`),
        `RepositoryFile::${app.name}-github-${appFiles(app).deploy.path}`,
    ]);
    return [...new Set(["cicd:release:Releases::releases", ...names])].map((name) => `**${name}`);
}
