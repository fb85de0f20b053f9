import { expect } from "chai";
import { buildWorkflow } from "../../../../components/github/buildWorkflow.js";
import { renderWorkflow } from "../../../../components/github/workflow.js";
import { parseSettings } from "../../../../config/parse.js";
import { stackConfig } from "../../../support/settings.js";
import { run, SHA } from "./support.js";

/** The runner must know every action, input and key that a generated workflow uses. */
describe("runWorkflow with the generated workflows", () => {
    const apps = parseSettings(stackConfig("sandbox")).delivery?.apps ?? [];

    for (const app of apps.filter(({ build }) => build === "github-actions")) {
        it(`builds each image of ${app.name} under the commit's tag and reaches the deploy`, async () => {
            const tags: string[] = [];
            const result = await run({
                workflow: renderWorkflow(buildWorkflow(app), "generated"),
                files: Object.fromEntries(app.images.map((image) => [`${image.context}/Dockerfile`, "FROM scratch"])),
                options: {
                    secrets: { DOCKERHUB_USERNAME: "user", DOCKERHUB_TOKEN: "password" },
                    buildAndPush: async (build) => {
                        tags.push(...build.tags);
                        return undefined;
                    },
                },
            });
            const [build, deploy] = result.jobs;
            expect(build?.conclusion, JSON.stringify(build)).to.equal("success");
            expect(tags).to.deep.equal(app.images.map((image) => `${image.name}:${SHA.slice(0, 8)}`));
            expect(deploy?.steps.map((step) => step.conclusion)).to.deep.equal(["failure"]);
            expect(deploy?.steps[0]?.log).to.contain("WOODPECKER_URL is empty");
        });
    }
});
