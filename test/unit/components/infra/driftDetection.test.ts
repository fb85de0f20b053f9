import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep, revoke } from "../../../support/infraStep.js";

describeStep("drift-detection", (step) => {
    /** A job that says what it was given and ends with a code. */
    const job = (code: number) =>
        `console.log(process.env.STACKS, process.env.VAULT_TOKEN, process.env.REPORT_DIR !== undefined); process.exit(${code});`;
    const run = (more: Readonly<Record<string, string>> = {}) =>
        step.run(infraScripts["drift-detection"], {
            PROGRAM_DIRECTORY: "cicd-pipeline",
            STACKS: "prod",
            ...step.vault(),
            ...more,
        });
    const calls = () => step.place.calls().filter((call) => call.startsWith("npm"));

    beforeEach(() => {
        step.place.program("npm");
        step.place.program("pulumi");
    });

    for (const code of [0, 7, 1]) {
        it(`hands the job a token of Vault, ends with its code ${code}, and gives the token back`, async () => {
            step.place.put("cicd-pipeline/dist/jobs/drift.js", job(code));
            const result = await run();
            expect(result.output).to.match(/prod \S+ true/);
            expect(result.code).to.equal(code);
            expect(step.server.asked(revoke)).to.have.lengthOf(1);
            expect(calls()).to.deep.equal(["npm ci --prefix cicd-pipeline --no-audit --no-fund --loglevel error"]);
        });
    }

    it("leaves no word of an earlier run that Slack was told", async () => {
        step.place.put(".drift-told", "");
        step.place.put("cicd-pipeline/dist/jobs/drift.js", 'console.log(require("fs").existsSync(".drift-told"))');
        expect((await run({ TOLD_FILE: ".drift-told" })).output).to.match(/^false$/m);
    });

    it("bundles the job where it is not", async () => {
        const bundle = `mkdir -p cicd-pipeline/dist/jobs && printf '%s' '${job(7)}' > cicd-pipeline/dist/jobs/drift.js`;
        step.place.program("npm", `case "$*" in run*) ${bundle} ;; esac`);
        expect((await run()).code).to.equal(7);
        expect(calls().at(-1)).to.equal("npm run --prefix cicd-pipeline --silent build");
    });

    it("cannot tell when the job cannot be made", async () => {
        step.place.program("npm", "exit 1");
        expect((await run()).code).to.equal(1);
    });
});
