import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { slackScript } from "../../../../components/woodpecker/scripts.js";
import { HttpStub } from "../../../support/httpStub.js";
import { putProgram, runScript } from "../../../support/shell.js";

describe("Slack script", () => {
    let slack: HttpStub;
    const hook = "POST /services/T000/B000/recognisable";
    beforeEach(async () => {
        slack = (await HttpStub.start()).on(hook, { status: 200, body: "ok" });
    });
    afterEach(() => slack.stop());

    const run = (env: Record<string, string> = {}) =>
        runScript("stdin", ["dash", "-e"], slackScript, {
            SLACK_WEBHOOK: `${slack.url}/services/T000/B000/recognisable`,
            APP: "website",
            IMAGE_TAG: "0123abcd",
            OUTCOME: "deployed",
            CI_PIPELINE_URL: "https://ci.example.org/repos/2/pipeline/7",
            CI_PIPELINE_NUMBER: "7",
            ...env,
        });

    it("says which application, which tag and where to look", async () => {
        expect((await run()).code).to.equal(0);
        expect(JSON.parse(slack.asked(hook)[0]?.body ?? "").text).to.equal(
            ":white_check_mark: deployed website 0123abcd (<https://ci.example.org/repos/2/pipeline/7|pipeline 7>)",
        );
    });

    it("tells a failure from a success", async () => {
        await run({ OUTCOME: "failed" });
        expect(JSON.parse(slack.asked(hook)[0]?.body ?? "").text).to.match(/^:x: deploy failed: website 0123abcd/);
    });

    for (const [name, env] of [
        ["Slack answers 500", {}],
        ["Slack cannot be reached", { SLACK_WEBHOOK: "http://127.0.0.1:1/services/recognisable" }],
    ] as const) {
        it(`does not fail when ${name}, and does not show the address`, async function () {
            this.timeout(30_000);
            slack.on(hook, { status: 500, body: "no_service" });
            const { code, output } = await run(env);
            expect(output).to.contain("warning: Slack answers").and.not.contain("recognisable");
            expect(code).to.equal(0);
        });
    }

    it("says nothing where a step before has told", async () => {
        const directory = mkdtempSync(join(tmpdir(), "slack-"));
        const told = join(directory, "told");
        await run({ TOLD_FILE: told });
        expect(slack.asked(hook)).to.have.lengthOf(1);
        writeFileSync(told, "");
        expect((await run({ TOLD_FILE: told })).code).to.equal(0);
        expect(slack.asked(hook)).to.have.lengthOf(1);
        rmSync(directory, { recursive: true });
    });

    it("never puts the address on a command line", async () => {
        const directory = mkdtempSync(join(tmpdir(), "slack-"));
        const seen = join(directory, "arguments");
        putProgram(join(directory, "bin"), "curl", `#!/bin/sh\nprintf '%s\\n' "$@" > '${seen}'\nprintf 200\n`);
        await run({ PATH: `${directory}/bin:${process.env.PATH}` });
        expect(readFileSync(seen, "utf8")).to.contain("--config").and.not.contain("recognisable");
        rmSync(directory, { recursive: true });
    });
});
