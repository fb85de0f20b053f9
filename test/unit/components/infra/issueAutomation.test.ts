import { readdirSync } from "node:fs";
import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep } from "../../../support/infraStep.js";

describeStep("issue-automation", (step) => {
    const env = () => ({
        ISSUE_NUMBER: "17",
        ISSUE_TITLE: `"; touch ${step.place.work}/broken; $(touch ${step.place.work}/broken)`,
        AGENT_URL: step.server.url,
        AGENT: "responder",
        AGENT_TOKEN_PATH: "secret/data/agent",
        AGENT_TOKEN_KEY: "token",
        POLLS: "3",
        POLL_SECONDS: "0",
        ...step.vault(),
    });
    beforeEach(() => {
        step.server
            .on("GET /v1/secret/data/agent", {
                status: 200,
                body: { data: { data: { token: "agent-secret" } } },
            })
            .on("POST /execute", { status: 202, body: { job_id: "job-1" } })
            .on(
                "GET /jobs/job-1",
                { status: 200, body: { status: "running" } },
                { status: 200, body: { status: "completed" } },
            );
    });
    const run = () => step.run(infraScripts["issue-automation"], env());

    it("hands the issue over as data, and waits until the agent is done", async () => {
        const { code, output } = await run();
        expect(output).to.contain("done: issue 17").and.not.contain("agent-secret");
        expect(code).to.equal(0);
        expect(readdirSync(step.place.work)).to.deep.equal([]);
        const { prompt, agent } = JSON.parse(step.server.asked("POST /execute")[0]?.body ?? "");
        expect(agent).to.equal("responder");
        expect(JSON.parse(prompt.split("\n")[1]).ISSUE_TITLE).to.equal(env().ISSUE_TITLE);
    });

    for (const [what, answer, says] of [
        ["fails", { status: 200, body: { status: "failed", error: "no budget" } }, /job-1 failed: no budget/],
        ["does not end", { status: 200, body: { status: "running" } }, /did not end within 3 polls/],
    ] as const) {
        it(`fails when the job ${what}`, async () => {
            step.server.on("GET /jobs/job-1", answer);
            const { code, output } = await run();
            expect(output).to.match(says);
            expect(code).to.equal(1);
        });
    }
});
