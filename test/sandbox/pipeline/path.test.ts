import { expect } from "chai";
import { push } from "../../../sandbox/demo/push.js";
import { locate } from "../../../sandbox/lib/places.js";
import { type RunResult, runWorkflow } from "../../../sandbox/runner/runWorkflow.js";
import { readInventory } from "../../../sandbox/toolchain/install.js";
import { Cluster } from "../../support/cluster.js";
import { environment, github, slack, woodpecker } from "../../support/servers.js";
import { demandSuccess, stack } from "../../support/stack.js";

const repository = "acme/website";
const deployFile = ".woodpecker/deploy.yml";

describe("one commit through the whole path", function () {
    this.timeout("4m");

    before(async () => {
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program"));
    });

    for (const app of ["website", "shop", "travel-blog"]) {
        it(`${app}: ends with the new image in every Deployment, and tells Slack`, async () => {
            const delivered = await push(app, {
                environment: process.env as Record<string, string>,
                program: readInventory(locate()).app?.path ?? "",
                onLine: () => {},
            });
            expect(delivered.running.map(({ image }) => image.split(":").at(-1))).to.satisfy((tags: string[]) =>
                tags.every((tag) => tag === delivered.tag),
            );
            const texts = (await slack.messages()).map(({ text }) => text);
            expect(texts.some((text) => text.includes(`deployed ${app} ${delivered.tag}`))).to.equal(true);
        });
    }

    describe("ends red, and says why", () => {
        it("when the image was never pushed", async function () {
            if (!(await Cluster.ofSandbox().isReal())) {
                console.log("      skipped: the node is simulated, and asks no registry for images");
                this.skip();
            }
            const { conclusion, log } = await run();
            expect(conclusion).to.equal("failure");
            expect(log).to.include("cannot be pulled (ErrImagePull)");
        });

        it("when the server was rebuilt and the repository has another id", async () => {
            const id = await woodpecker.idOf(repository);
            const { conclusion, log } = await run({ WOODPECKER_REPO_ID: "9999" });
            expect(conclusion).to.equal("failure");
            expect(log).to.include(`has the id ${id} in Woodpecker, not 9999`);
        });

        it("when deploy.yml on the branch accepts no manual event (filtered, 204)", async () => {
            const declared = await github.file(repository, deployFile);
            await github.writeFile(
                repository,
                deployFile,
                "when: {event: deployment}\nsteps: [{name: a, image: sh, commands: [echo]}]\n",
            );
            try {
                const { conclusion, log } = await run();
                expect(conclusion).to.equal("failure");
                expect(log).to.include("nothing was deployed (204, filtered)");
            } finally {
                await github.writeFile(repository, deployFile, declared);
            }
        });
    });

    it("asks the emulated GitHub nothing it has no answer for", async () => {
        expect(await github.unhandled()).to.deep.equal([]);
    });
});

/** Runs the generated workflow for a new commit with a build that pushes nothing. */
async function run(
    changed: Readonly<Record<string, string>> = {},
): Promise<{ conclusion: RunResult["conclusion"]; log: string }> {
    await github.writeFile(repository, "README.md", `${new Date().toISOString()}\n`);
    const commit = await github.api("GET", `/repos/${repository}/commits/main`);
    const { variables } = await github.api("GET", `/repos/${repository}/actions/variables`);
    const declared = (variables as { name: string; value: string }[]).map(({ name, value }) => [name, value]);
    const lines: string[] = [];
    const { conclusion } = await runWorkflow({
        apiUrl: new URL("api/v3", environment("GITHUB_BASE_URL")).href,
        token: environment("GITHUB_TOKEN"),
        repository,
        sha: String(commit.sha),
        event: "workflow_dispatch",
        workflow: ".github/workflows/build-and-deploy.yml",
        variables: { ...Object.fromEntries(declared), ...changed },
        buildAndPush: async () => ({ digest: `sha256:${"0".repeat(64)}` }),
        onLine: (line) => lines.push(line),
    });
    return { conclusion, log: lines.join("\n") };
}
