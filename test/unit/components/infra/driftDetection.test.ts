import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep } from "../../../support/infraStep.js";

describeStep("drift-detection", (step) => {
    const run = (code: string) => {
        step.place.program("npm");
        step.place.program("pulumi", `exit ${code}`);
        return step.run(infraScripts["drift-detection"], {
            PROGRAM_DIRECTORY: ".",
            STACKS: "prod",
            PUSHGATEWAY_URL: step.server.url,
            ...step.vault(),
        });
    };
    for (const [code, ends, state] of [
        ["0", 0, 0],
        ["7", 7, 1],
        ["1", 1, 2],
        ["137", 1, 2],
    ] as const) {
        it(`ends with ${ends} after a preview with code ${code}`, async () => {
            step.server.on("PUT /metrics/job/drift-detection", { status: 202 });
            const result = await run(code);
            expect(result.code).to.equal(ends);
            const [pushed] = step.server.asked("PUT /metrics/job/drift-detection");
            expect(pushed?.body).to.contain(`drift_stack_state{stack="prod"} ${state}\n`);
        });
    }
    it("says so when the Pushgateway does not take the metrics", async () => {
        step.server.on("PUT /metrics/job/drift-detection", { status: 400, body: "bad" });
        const { code, output } = await run("0");
        expect(output).to.contain("the Pushgateway answers 400");
        expect(code).to.equal(1);
    });
});
