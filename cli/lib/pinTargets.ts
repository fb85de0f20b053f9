import { appFiles } from "../../components/app/files.js";
import { foundName } from "../../components/host/names.js";
import { patchName, releaseName } from "../../components/release/pins.js";
import { type App, inPrivateRegistry, type Settings } from "../../config/settings.js";

type PinSettings = Pick<Settings, "delivery" | "infra" | "registry">;

/**
 * What an update of these applications' pins touches, as patterns for `pulumi --target`: their patches, the components these
 * stand in, and whatever else of this stack knows of a pin.
 */
export function pinTargets(settings: PinSettings, apps: readonly App[]): string[] {
    const names = [
        "cicd:release:Releases::releases",
        ...apps.flatMap((app) => [...patchTargets(app), ...workflowTargets(settings, app)]),
        ...vaultTargets(settings),
        ...registryTargets(settings, apps),
    ];
    return [...new Set(names)].map((name) => `**${name}`);
}

function patchTargets({ name, deployments }: App): string[] {
    return [
        `cicd:release:Release::${releaseName(name)}`,
        ...deployments.map((d) => `DeploymentPatch::${patchName(name, d)}`),
    ];
}

/** Every workflow with a deploy step: it refuses a pinned application, or records what it deploys. */
function workflowTargets({ infra }: PinSettings, app: App): string[] {
    const files = appFiles(app);
    const isPortal = infra?.portal?.name === app.name;
    const builtElsewhere = isPortal && app.build === "woodpecker";
    const build = app.build === "woodpecker" ? files.build : files.fallback;
    return [
        `RepositoryFile::${app.name}-github-${files.deploy.path}`,
        ...(builtElsewhere ? [] : [`RepositoryFile::${app.name}-github-${build.path}`]),
        ...(isPortal ? ["RepositoryFile::infra-github-.woodpecker/k8s-portal.yml"] : []),
    ];
}

/** What the deploy steps may read in Vault, as soon as one application is pinned. */
function vaultTargets({ delivery }: PinSettings): string[] {
    return delivery?.release.ciDeploys === "record" ? ["Policy::delivery-deployer-policy"] : [];
}

/** What the registry VM protects from its clean-up; a registry that has none of these images knows nothing of it. */
function registryTargets({ registry }: PinSettings, apps: readonly App[]): string[] {
    if (!registry || !apps.some(({ images }) => images.some((image) => inPrivateRegistry(registry, image)))) return [];
    return [`Files::${foundName("registry")}`, "Command::registry-push"];
}
