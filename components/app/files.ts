import type { App } from "../../config/settings.js";

/** Where the pipeline's files of an application are, and what Woodpecker calls the workflows in them. */
export interface AppFiles {
    readonly githubBuild: string;
    readonly build: WorkflowFile;
    readonly deploy: WorkflowFile;
    readonly fallback: WorkflowFile;
}

export interface WorkflowFile {
    readonly path: string;
    /** Woodpecker names a workflow after its file. */
    readonly name: string;
}

/** An application that shares its repository has its name in the names of its files. */
export function appFiles(app: App): AppFiles {
    const suffix = app.directory === undefined ? "" : `-${app.name}`;
    const workflow = (name: string) => ({ name: `${name}${suffix}`, path: `.woodpecker/${name}${suffix}.yml` });
    return {
        githubBuild: `.github/workflows/build-and-deploy${suffix}.yml`,
        build: workflow("build"),
        deploy: workflow("deploy"),
        fallback: workflow("build-fallback"),
    };
}
