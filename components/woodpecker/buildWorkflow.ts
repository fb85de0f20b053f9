import { registryOf } from "../../config/references.js";
import type { App, AppImage } from "../../config/settings.js";
import { appFiles } from "../app/files.js";
import { type DeployStepsArgs, deploySteps, oneDeployAtATime, secretNames } from "./deploySteps.js";
import { askedFor, builtTag, type Step, touching, type Workflow, type WorkflowFilter } from "./workflow.js";

type Args = Omit<DeployStepsArgs, "tag">;

/**
 * The whole way of an application that is built on Woodpecker: build and push at a push, then deploy in the same workflow.
 *
 * One workflow rather than two with `depends_on`: the deploy workflow must also run alone, and Woodpecker drops a workflow
 * whose dependency was filtered out.
 */
export function buildWorkflow(app: App, args: Args): Workflow {
    const { path, name } = appFiles(app).build;
    const pushed: WorkflowFilter = {
        event: "push",
        branch: app.branches,
        ...(app.directory && { path: touching(`${app.directory}/**`, path) }),
    };
    return buildAndDeploy(app, [pushed, { event: "manual", evaluate: askedFor(name) }], args);
}

/**
 * The same on the day GitHub Actions is down, for an application that it builds otherwise. Never fires by itself: only when its
 * name is given as PIPELINE or as the target of a deployment, and never with an IMAGE_TAG, which is the deploy workflow's sign.
 */
export function fallbackWorkflow(app: App, args: Args): Workflow {
    const { name } = appFiles(app).fallback;
    const asked: WorkflowFilter[] = [
        { event: ["manual", "deployment"], evaluate: askedFor(name) },
        {
            event: "deployment",
            evaluate: `CI_PIPELINE_DEPLOY_TARGET == "${name}" && PIPELINE == "" && IMAGE_TAG == ""`,
        },
    ];
    return buildAndDeploy(app, asked, args);
}

/** Build, push and deploy, under these conditions. */
export function buildAndDeploy(app: App, when: readonly WorkflowFilter[], args: Args): Workflow {
    return {
        when,
        concurrency: oneDeployAtATime(app),
        steps: [
            ...app.images.map((image, i) => buildStep(image, i, args)),
            ...deploySteps(app, { ...args, tag: builtTag }),
        ],
    };
}

function buildStep({ name, context, dockerfile }: AppImage, index: number, { delivery }: Args): Step {
    const registry = registryOf(name);
    return {
        name: index === 0 ? "build" : `build-${index + 1}`,
        image: delivery.images.buildx,
        settings: {
            ...(registry !== "docker.io" && { registry }),
            repo: name,
            context,
            dockerfile,
            platforms: "linux/amd64",
            provenance: false,
            tags: builtTag,
            username: { from_secret: secretNames.registryUsername },
            password: { from_secret: secretNames.registryPassword },
        },
    };
}
