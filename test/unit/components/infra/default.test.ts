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
            CI_PREV_COMMIT_SHA: step.place.git("rev-parse", "HEAD~1").trim(),
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

    it("looks at every commit of a push", async () => {
        const first = step.place.git("rev-parse", "HEAD").trim();
        push("stacks/dns/main.tf");
        push("stacks/blog/main.tf");
        await run({ CI_PREV_COMMIT_SHA: first });
        expect(applied()).to.deep.equal(["blog", "dns"]);
    });

    const files = (...paths: string[]) => ({ CI_PIPELINE_FILES: JSON.stringify(paths) });
    const head = () => step.place.git("rev-parse", "HEAD").trim();
    const unknown = "0123456789012345678901234567890123456789";
    for (const [what, more] of [
        [
            "is restarted as the newest one of the branch",
            () => ({ CI_PREV_COMMIT_SHA: head(), CI_PIPELINE_PARENT: "7" }),
        ],
        [
            "comes after a manual one of the same commit",
            () => ({ CI_PREV_COMMIT_SHA: head(), CI_PIPELINE_PARENT: "0" }),
        ],
        ["is restarted after a later push", () => ({ CI_PREV_COMMIT_SHA: unknown, CI_PIPELINE_PARENT: "7" })],
        ["is restarted after a restart of an older one", () => ({ CI_PIPELINE_PARENT: "7" })],
        ["is the first one", () => ({ CI_PREV_COMMIT_SHA: "" })],
    ] as const) {
        it(`goes by what the forge said at the push where the pipeline ${what}`, async () => {
            push("stacks/dns/main.tf");
            push("stacks/blog/main.tf");
            const { code, output } = await run({
                ...more(),
                ...files("stacks/dns/main.tf", "", "stacks/blog/main.tf"),
            });
            expect(code, output).to.equal(0);
            expect(applied()).to.deep.equal(["blog", "dns"]);
        });
    }

    for (const [what, given] of [
        ["named no files", {}],
        ["named none", { CI_PIPELINE_FILES: "[]" }],
        ["may have named a part of them", files(...Array.from({ length: 300 }, (_, n) => `stacks/blog/${n}`))],
    ] as const) {
        it(`fails where the commit before is not known and the forge ${what}`, async () => {
            push("stacks/blog/main.tf");
            for (const previous of [head(), unknown]) {
                const { code, output } = await run({ CI_PREV_COMMIT_SHA: previous, ...given });
                expect(output).to.match(
                    /nobody can say what this push changed[^\n]*\nnext: push a commit that touches/,
                );
                expect(code).to.equal(1);
            }
            expect(applied()).to.deep.equal([]);
        });
    }
});
