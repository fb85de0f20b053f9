import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep, login, revoke } from "../../../support/infraStep.js";

describeStep("postmortem-todos", (step) => {
    const program = "scripts/postmortem-pipeline.sh";
    const recording =
        '#!/bin/sh\nfor document; do printf "%s\\n" "$document"; done > ../given\nprintf %s "$VAULT_TOKEN" > ../token-seen\n';
    beforeEach(() => {
        step.place.put(program, recording, true);
        step.place.put("docs/post-mortems/old.md", "1");
        step.place.put("docs/post-mortems/gone.md", "1");
        step.place.commit("one");
    });
    const run = (env: Record<string, string> = {}) =>
        step.run(infraScripts["postmortem-todos"], {
            DIRECTORY: "docs/post-mortems",
            SCRIPT: program,
            CI_PREV_COMMIT_SHA: step.place.git("rev-list", "--max-count=1", "--skip=1", "HEAD").trim(),
            ...step.vault(),
            ...env,
        });
    const given = () => step.place.read("../given").trim().split("\n");

    it("hands over what was added and changed, whatever its name, and nothing else", async () => {
        step.place.put("docs/post-mortems/old.md", "2");
        step.place.put('docs/post-mortems/2026-04-22 "vault" down, é $(id).md', "new");
        step.place.put("docs/post-mortems/raft.png", "new");
        step.place.put("docs/runbooks/new.md", "new");
        step.place.git("rm", "--quiet", "docs/post-mortems/gone.md");
        step.place.commit("two");
        const { code, output } = await run();
        expect(code, output).to.equal(0);
        expect(given()).to.deep.equal([
            'docs/post-mortems/2026-04-22 "vault" down, é $(id).md',
            "docs/post-mortems/old.md",
        ]);
    });

    it("is somebody to Vault only while the program runs", async () => {
        step.place.put("docs/post-mortems/new.md", "new");
        step.place.commit("two");
        const { output } = await run();
        expect(step.place.read("../token-seen")).to.equal("hvs.recognisable");
        expect(output).to.not.contain("recognisable");
        expect(step.server.asked(revoke)).to.have.lengthOf(1);
        expect(step.place.leftovers()).to.deep.equal([]);
    });

    it("looks at every commit of a push", async () => {
        const before = step.place.git("rev-parse", "HEAD").trim();
        for (const name of ["a", "b"]) {
            step.place.put(`docs/post-mortems/${name}.md`, "new");
            step.place.commit(name);
        }
        await run({ CI_PREV_COMMIT_SHA: before });
        expect(given()).to.deep.equal(["docs/post-mortems/a.md", "docs/post-mortems/b.md"]);
    });

    it("hands over the same when it is restarted", async () => {
        step.place.put("docs/post-mortems/new.md", "new");
        step.place.git("rm", "--quiet", "docs/post-mortems/gone.md");
        step.place.commit("two");
        const { code, output } = await run({
            CI_PREV_COMMIT_SHA: step.place.git("rev-parse", "HEAD").trim(),
            CI_PIPELINE_PARENT: "3",
            CI_PIPELINE_FILES: '["docs/post-mortems/gone.md","docs/post-mortems/new.md","docs/runbooks/old.md"]',
        });
        expect(code, output).to.equal(0);
        expect(given()).to.deep.equal(["docs/post-mortems/new.md"]);
    });

    it("does nothing for a push without a post-mortem, and does not even log in", async () => {
        step.place.put("README.md", "new");
        step.place.commit("two");
        const { code, output } = await run();
        expect(output).to.contain("no post-mortem was added or changed");
        expect(code).to.equal(0);
        expect(step.server.asked(login)).to.deep.equal([]);
    });

    it("fails with the program, and gives the token back", async () => {
        step.place.put(program, "#!/bin/sh\necho no agent >&2\nexit 3\n", true);
        step.place.put("docs/post-mortems/new.md", "new");
        step.place.commit("two");
        const { code, output } = await run();
        expect(output).to.contain("no agent");
        expect(code).to.equal(3);
        expect(step.server.asked(revoke)).to.have.lengthOf(1);
    });

    it("says which setting is wrong where the program is not there", async () => {
        step.place.put("docs/post-mortems/new.md", "new");
        step.place.commit("two");
        const { code, output } = await run({ SCRIPT: "scripts/other.sh" });
        expect(output).to.match(/scripts\/other.sh is not an executable file[\s\S]*postmortem-todos.script/);
        expect(code).to.equal(1);
    });

    it("fails where nobody can say what changed, or Vault refuses it", async () => {
        const unknown = await run({ CI_PREV_COMMIT_SHA: "0123456789012345678901234567890123456789" });
        expect(unknown.output).to.contain("nobody can say what this push changed");
        expect(unknown.code).to.equal(1);
        step.place.put("docs/post-mortems/new.md", "new");
        step.place.commit("two");
        step.server.on(login, { status: 400, body: { errors: ["invalid role name"] } });
        const refused = await run();
        expect(refused.output).to.match(/Vault refuses the login as ci\. 400: invalid role name/);
        expect(refused.code).to.equal(1);
    });
});
