import type { App } from "../../config/settings.js";
import { buildWorkflow as githubBuildWorkflow } from "../github/buildWorkflow.js";
import type { ManagedFile } from "../github/repositoryContent.js";
import { renderWorkflow as renderGitHub } from "../github/workflow.js";
import { buildWorkflow, fallbackWorkflow } from "../woodpecker/buildWorkflow.js";
import type { DeployStepsArgs } from "../woodpecker/deploySteps.js";
import { deployWorkflow } from "../woodpecker/deployWorkflow.js";
import { renderWorkflow as renderWoodpecker } from "../woodpecker/workflow.js";
import { appFiles } from "./files.js";

interface DocumentsArgs extends Omit<DeployStepsArgs, "tag"> {
    /** Another pipeline builds the application at a push to Woodpecker. @default false */
    readonly builtElsewhere?: boolean;
}

/** Every file the pipeline keeps in an application's repository; what starts a build comes last. */
export function appDocuments(app: App, args: DocumentsArgs): ManagedFile[] {
    const files = appFiles(app);
    const header = `Written by cicd-pipeline for the application ${app.name}.\nAn edit here is undone: change the stack config.`;
    const deploy = { path: files.deploy.path, content: renderWoodpecker(deployWorkflow(app, args), header) };
    if (app.build === "woodpecker") {
        if (args.builtElsewhere) return [deploy];
        return [deploy, { path: files.build.path, content: renderWoodpecker(buildWorkflow(app, args), header) }];
    }
    return [
        deploy,
        { path: files.fallback.path, content: renderWoodpecker(fallbackWorkflow(app, args), header) },
        { path: files.githubBuild, content: renderGitHub(githubBuildWorkflow(app), header) },
    ];
}
