import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep, login, revoke } from "../../../support/infraStep.js";

describeStep("default", (step) => {
    beforeEach(() => {
        step.place.git("init", "--quiet", "--initial-branch", "main");
        for (const stack of ["vault", "platform", "dns", "blog"]) step.place.put(`stacks/${stack}/terragrunt.hcl`, "");
        step.place.put("modules/x.tf", "");
        step.place.git("add", "--all");
        step.place.git("commit", "--quiet", "--message", "one");
        step.place.program(
            "terragrunt",
            'stack=$(basename "$PWD"); echo "$stack" >> ../../../applied; [ "$stack" != "$BROKEN" ] || { echo "state is locked by ada"; exit 1; }',
        );
    });
    const push = (...paths: string[]) => {
        for (const path of paths) step.place.put(path, `${Math.random()}`);
        step.place.git("add", "--all");
        step.place.git("commit", "--quiet", "--message", "two");
    };
    const run = (env: Record<string, string> = {}) =>
        step.run(infraScripts.default, {
            STACKS_DIRECTORY: "stacks",
            PLATFORM_STACKS: "vault platform",
            SKIPPED_STACKS: "vault",
            GLOBAL_PATHS: "modules/\nconfig.tfvars",
            STATE_PATHS: "",
            BRANCH: "main",
            BROKEN: "",
            ...step.vault(),
            ...env,
        });
    const applied = () =>
        step.place.calls().length === 0
            ? []
            : readFileSync(join(step.place.directory, "applied"), "utf8").trim().split("\n");

    it("applies what changed, platform first, one after the other", async () => {
        push("stacks/blog/main.tf", "stacks/platform/main.tf", "docs/x.md");
        const { code, output } = await run();
        expect(output).to.contain("== platform").and.not.contain("recognisable");
        expect(code).to.equal(0);
        expect(applied()).to.deep.equal(["platform", "blog"]);
        expect(step.place.leftovers()).to.deep.equal([]);
    });

    it("has a Vault token of its own for each stack, and gives each one back", async () => {
        push("stacks/blog/main.tf", "stacks/platform/main.tf");
        await run();
        expect(step.server.asked(login)).to.have.lengthOf(2);
        expect(step.server.asked(revoke)).to.have.lengthOf(2);
    });

    it("keeps what went well when Vault goes away meanwhile", async () => {
        push("stacks/blog/main.tf", "stacks/platform/main.tf");
        step.server.on(login, { status: 200, body: { auth: { client_token: "hvs.one" } } }, { status: 403, body: {} });
        const { code, output } = await run();
        expect(applied()).to.deep.equal(["platform"]);
        expect(output).to.match(/Vault refuses the login as ci[\s\S]*not applied: blog/);
        expect(code).to.equal(1);
    });

    it("applies every platform stack but the left out ones when what they share changed", async () => {
        push("modules/x.tf");
        const { output } = await run();
        expect(output).to.contain("== vault: not applied by this pipeline");
        expect(applied()).to.deep.equal(["platform"]);
    });

    it("goes on after a failure, and fails in the end", async () => {
        push("stacks/platform/main.tf", "stacks/blog/main.tf");
        const { code, output } = await run({ BROKEN: "platform" });
        expect(applied()).to.deep.equal(["platform", "blog"]);
        expect(output)
            .to.contain("state is locked by ada")
            .and.match(/not applied: platform/);
        expect(code).to.equal(1);
    });

    it("looks at every commit of a push, and never at the reverse of a later one", async () => {
        const first = step.place.git("rev-parse", "HEAD").trim();
        push("stacks/dns/main.tf");
        push("stacks/blog/main.tf");
        await run({ CI_PREV_COMMIT_SHA: first });
        expect(applied()).to.deep.equal(["blog", "dns"]);
        const last = step.place.git("rev-parse", "HEAD").trim();
        step.place.git("checkout", "--quiet", "HEAD~1");
        await run({ CI_PREV_COMMIT_SHA: last });
        expect(applied().slice(2)).to.deep.equal(["dns"]);
    });

    it("fails where nobody can say what changed", async () => {
        push("stacks/blog/main.tf");
        const { code, output } = await run({ CI_PREV_COMMIT_SHA: "0123456789012345678901234567890123456789" });
        expect(output).to.match(/is not in the clone/);
        expect(code).to.equal(1);
    });
});
