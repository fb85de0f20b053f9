import { registryOf } from "../../config/references.js";
import type { App, AppImage } from "../../config/settings.js";
import { appFiles } from "../app/files.js";
import { uses } from "./actions.js";
import { triggerScript } from "./triggerScript.js";
import type { Job, Step, Workflow } from "./workflow.js";

const runner = "ubuntu-24.04";

/**
 * GitHub Actions' half of the pipeline: build and push each image under the first 8 characters of the commit SHA,
 * then start the deploy on Woodpecker and see it through.
 */
export function buildWorkflow(app: App): Workflow {
    const files = appFiles(app);
    return {
        name: "Build and deploy",
        on: {
            push: {
                branches: app.branches,
                ...(app.directory && { paths: [`${app.directory}/**`, files.githubBuild] }),
            },
            workflow_dispatch: {},
        },
        permissions: { contents: "read" },
        concurrency: { group: `build-and-deploy-${app.name}-\${{ github.ref }}`, "cancel-in-progress": false },
        jobs: { build: buildJob(app), deploy: deployJob(app, files.deploy.name) },
    };
}

function buildJob(app: App): Job {
    return {
        name: "Build",
        "runs-on": runner,
        "timeout-minutes": 30,
        outputs: { tag: "${{ steps.tag.outputs.tag }}" },
        steps: [
            { name: "Check out", uses: uses("checkout"), with: { "persist-credentials": false } },
            {
                name: "Name the tag",
                id: "tag",
                shell: "bash",
                run: 'echo "tag=${GITHUB_SHA:0:8}" >> "$GITHUB_OUTPUT"\n',
            },
            { name: "Set up Buildx", uses: uses("setupBuildx") },
            logIn(app.images),
            ...app.images.map(buildAndPush),
        ],
    };
}

function logIn([image]: readonly AppImage[]): Step {
    const registry = registryOf(image?.name ?? "");
    return {
        name: "Log in to the registry",
        uses: uses("login"),
        with: {
            ...(registry !== "docker.io" && { registry }),
            username: "${{ secrets.DOCKERHUB_USERNAME }}",
            password: "${{ secrets.DOCKERHUB_TOKEN }}",
        },
    };
}

function buildAndPush({ name, context, dockerfile }: AppImage): Step {
    return {
        name: `Build and push ${name}`,
        uses: uses("buildPush"),
        with: {
            context,
            file: dockerfile,
            platforms: "linux/amd64",
            push: true,
            // Provenance makes an image an index with a child that old registries lose.
            provenance: false,
            tags: `${name}:\${{ steps.tag.outputs.tag }}`,
            "cache-from": `type=gha,scope=${name}`,
            "cache-to": `type=gha,mode=max,scope=${name}`,
        },
    };
}

function deployJob(app: App, workflow: string): Job {
    return {
        name: "Deploy",
        needs: "build",
        "runs-on": runner,
        "timeout-minutes": 20,
        permissions: {},
        steps: [
            {
                name: "Deploy through Woodpecker",
                shell: "bash",
                env: {
                    WOODPECKER_URL: "${{ vars.WOODPECKER_URL }}",
                    WOODPECKER_REPO_ID: "${{ vars.WOODPECKER_REPO_ID }}",
                    WOODPECKER_TOKEN: "${{ secrets.WOODPECKER_TOKEN }}",
                    DEPLOY_APP: app.name,
                    DEPLOY_WORKFLOW: workflow,
                    IMAGE_TAG: "${{ needs.build.outputs.tag }}",
                    // The branch that carries the deploy workflow, which need not be the one that was built.
                    BRANCH: app.branches[0],
                },
                run: triggerScript,
            },
        ],
    };
}
