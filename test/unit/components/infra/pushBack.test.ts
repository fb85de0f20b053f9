import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep, git, pushAccess } from "../../../support/infraStep.js";

const as = (name: string) => `git -c user.name=${name} -c user.email=${name}@example.org`;

describeStep("default, which brings the state back to the branch,", (step) => {
    const origin = () => step.place.origin;
    const other = () => join(step.place.directory, "other");
    const inOrigin = (...args: string[]) => step.place.inOrigin(...args);
    const subjects = () => inOrigin("log", "--format=%s", "main").trim().split("\n");

    /** Two stacks were changed by the last push. */
    beforeEach(() => {
        for (const stack of ["blog", "dns"]) step.place.put(`stacks/${stack}/terragrunt.hcl`, "");
        step.place.put("state/blog.tfstate", "old\n");
        step.place.put("lock.hcl", "old\n");
        step.place.commit("one");
        step.place.cloneOrigin();
        for (const stack of ["blog", "dns"]) step.place.put(`stacks/${stack}/main.tf`, "");
        step.place.commit("two");
        step.place.git("push", "--quiet", origin(), "HEAD:main");
        execFileSync("git", ["clone", "--quiet", origin(), other()]);
        terragrunt(applies);
    });

    /** What an apply does with the stack of the state, `$state`. */
    const terragrunt = (...commands: string[]) =>
        step.place.program("terragrunt", [`cd ../..; state=state/\${OLDPWD##*/}.tfstate`, ...commands].join("\n"));
    const applies = "echo applied >> $state";
    /** Shell text by which somebody else pushes a change of this file. */
    const pushesMeanwhile = (path: string) =>
        `(cd '${other()}' && git pull --quiet && mkdir -p "$(dirname ${path})" && echo "other$state" > ${path} &&
            git add . && ${as("other")} commit --quiet -m "other $state" && git push --quiet)`;
    const pushed = (path: string) => execFileSync("sh", ["-ec", pushesMeanwhile(path)]);

    const run = (env: Record<string, string> = {}) =>
        step.run(infraScripts.default, {
            STACKS_DIRECTORY: "stacks",
            PLATFORM_STACKS: "",
            SKIPPED_STACKS: "",
            GLOBAL_PATHS: "",
            STATE_PATHS: "state",
            ...pushAccess(step.place),
            CI_PREV_COMMIT_SHA: step.place.git("rev-parse", "HEAD~1").trim(),
            ...step.vault(),
            ...env,
        });

    /** Makes git fail at a command as an unreachable host does, at these calls of it. */
    const fail = (command: string, from: number, to: number) => {
        step.place.program("sleep");
        step.place.program(
            "git",
            `if [ "$1" = ${command} ]; then
                call=$(grep -c '^git ${command} ' '${step.place.directory}/calls')
                if [ "$call" -ge ${from} ] && [ "$call" -le ${to} ]; then echo "connection reset" >&2; exit 128; fi
            fi
            exec '${git}' "$@"`,
        );
    };
    const tries = (command: string) => step.place.calls().filter((call) => call.startsWith(`git ${command} `)).length;

    it("does so after each stack", async () => {
        const { code, output } = await run();
        expect(output).to.contain("pushed: State of blog").and.contain("pushed: State of dns");
        expect(code).to.equal(0);
        expect(subjects().slice(0, 3).join()).to.match(/^State of dns .*\[CI SKIP\],State of blog .*\[CI SKIP\],two$/);
    });

    it("has brought back the state of one stack before it applies the next", async () => {
        terragrunt(`git -C '${origin()}' log -1 --format=%s main >> ../seen`, applies);
        await run();
        expect(step.place.read("../seen")).to.match(/^two\nState of blog .*\n$/);
    });

    it("does so after what others pushed meanwhile, whatever else the stacks touched", async () => {
        terragrunt(pushesMeanwhile("else"), "echo touched >> lock.hcl", applies);
        const { code, output } = await run();
        expect(code, output).to.equal(0);
        expect(subjects().slice(0, 4).join()).to.match(
            /^State of dns .*,other state\/dns.tfstate,State of blog .*,other state\/blog.tfstate$/,
        );
        expect(step.place.read("lock.hcl")).to.equal("old\ntouched\ntouched\n");
        expect(inOrigin("show", "main:lock.hcl")).to.equal("old\n");
    });

    it("leaves what the stacks touched as others pushed it where both did", async () => {
        terragrunt("echo touched >> lock.hcl", pushesMeanwhile("lock.hcl"), applies);
        const { code, output } = await run();
        expect(code, output).to.equal(0);
        expect(subjects()[0]).to.match(/^State of dns/);
        expect(step.place.read("lock.hcl")).to.equal("otherstate/dns.tfstate\n");
    });

    it("starts from what was brought back since the push", async () => {
        pushed("state/blog.tfstate");
        const { code, output } = await run();
        expect(code, output).to.equal(0);
        expect(output).to.match(/^at [0-9a-f]{40}, the head of main$/m);
        expect(inOrigin("show", "main:state/blog.tfstate")).to.equal("other\napplied\n");
    });

    it("applies nothing where the branch does not have the commit any more", async () => {
        step.place.git("push", "--quiet", "--force", origin(), "HEAD~1:main");
        const { code, output } = await run();
        expect(output).to.match(/^error: main of \S+ does not have the commit [0-9a-f]{40} .*\nnext: push to main /m);
        expect(code).to.equal(1);
        expect(step.place.calls()).to.deep.equal([]);
    });

    it("gives the stacks none of its own access", async () => {
        terragrunt(`[ -z "\${GIT_SSH_COMMAND:-}\${GIT_COMMITTER_NAME:-}" ]`, applies);
        expect((await run()).code).to.equal(0);
    });

    for (const command of ["fetch", "push"]) {
        it(`tries a ${command} again that fails in passing`, async () => {
            fail(command, 1, 3);
            const { code, output } = await run();
            expect(code, output).to.equal(0);
            expect(subjects().slice(0, 2).join()).to.match(/^State of dns .*,State of blog/);
        });

        it(`brings it along with the next stack's where a ${command} fails for longer`, async () => {
            fail(command, 2, 5);
            const { code, output } = await run();
            expect(code, output).to.equal(0);
            expect(subjects().slice(0, 2).join()).to.match(/^State of dns .*,State of blog/);
        });

        it(`tries a last time at the end, and then says that it is the ${command} that fails`, async () => {
            fail(command, 2, 99);
            terragrunt(applies, '[ "$state" = state/blog.tfstate ]');
            if (command === "push") fail(command, 1, 99);
            const { code, output } = await run();
            expect(output).to.match(/^warning: cannot .*; only in this workspace: State of blog after *$/m);
            expect(output).to.match(
                new RegExp(
                    `^error: not applied: dns. cannot ${command} .*, so this is lost with the workspace: State of blog after *; State of dns after *\\.$`,
                    "m",
                ),
            );
            expect(output).to.match(/^next: see the lines? above/m);
            expect(code).to.equal(1);
            expect(tries(command)).to.equal(command === "fetch" ? 13 : 12);
            expect(step.place.leftovers()).to.deep.equal([]);
        });
    }

    it("applies nothing where the branch cannot be fetched", async () => {
        fail("fetch", 1, 4);
        const { code, output } = await run();
        expect(output).to.match(/^error: cannot fetch main from .*; nothing was done\.\nnext: see the lines above/m);
        expect(code).to.equal(1);
        expect(step.place.calls().filter((call) => call.startsWith("terragrunt"))).to.deep.equal([]);
    });

    it("leaves out what conflicts, and nothing else", async () => {
        terragrunt(`[ "$state" = state/dns.tfstate ] || ${pushesMeanwhile("state/blog.tfstate")}`, applies);
        fail("none", 0, 0);
        const { code, output } = await run();
        expect(output).to.match(/^error: main has something else since, .* and stays: State of blog [^;]*\.$/m);
        expect(code).to.equal(1);
        expect(subjects().slice(0, 2).join()).to.match(/^State of dns .*,other state\/blog.tfstate$/);
        expect(tries("fetch")).to.equal(3);
    });

    it("goes on, and says so in the end, where nothing can be committed", async () => {
        const { code, output } = await run({ STATE_PATHS: "state elsewhere" });
        expect(output)
            .to.contain("pathspec 'elsewhere' did not match")
            .and.match(/^error: git cannot commit what was to be kept: State of dns/m);
        expect(code).to.equal(1);
        expect(step.place.read("state/dns.tfstate")).to.equal("applied\n");
    });
});
