import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { infraScripts } from "../../../../components/infra/scripts.js";
import { describeStep } from "../../../support/infraStep.js";

const identity = ["-c", "user.name=o", "-c", "user.email=o@example.org"];
const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();

describeStep("default, which brings the state back to the branch,", (step) => {
    const origin = () => join(step.place.directory, "origin.git");
    const other = () => join(step.place.directory, "other");
    const subjects = () => execFileSync("git", ["-C", origin(), "log", "--format=%s", "main"]).toString().split("\n");

    /** A stack was changed here; somebody else has pushed meanwhile. */
    beforeEach(() => {
        step.place.put("stacks/blog/terragrunt.hcl", "");
        step.place.commit("one");
        execFileSync("git", ["clone", "--quiet", "--bare", step.place.work, origin()]);
        step.place.put("stacks/blog/main.tf", "");
        step.place.commit("two");
        step.place.git("push", "--quiet", origin(), "HEAD:main");
        execFileSync("git", ["clone", "--quiet", origin(), other()]);
        writeFileSync(join(other(), "else"), "");
        execFileSync("git", ["-C", other(), "add", "."]);
        execFileSync("git", ["-C", other(), ...identity, "commit", "--quiet", "-m", "else"]);
        execFileSync("git", ["-C", other(), "push", "--quiet"]);
        step.place.program("terragrunt", "mkdir -p ../../state; echo new > ../../state/blog.tfstate");
    });

    const run = () =>
        step.run(infraScripts.default, {
            STACKS_DIRECTORY: "stacks",
            PLATFORM_STACKS: "",
            SKIPPED_STACKS: "",
            GLOBAL_PATHS: "",
            STATE_PATHS: "state",
            BRANCH: "main",
            PUSH_URL: origin(),
            PUSH_KEY: "key",
            PUSH_HOST_KEYS: "host ssh-ed25519 AAAA",
            GIT_AUTHOR_NAME: "pipeline",
            GIT_AUTHOR_EMAIL: "pipeline@example.org",
            ...step.vault(),
        });

    /** Makes git fail at a command as an unreachable host does, so many times. */
    const fail = (command: string, times: number) => {
        step.place.program("sleep");
        step.place.program(
            "git",
            `if [ "$1" = ${command} ] && [ "$(grep -c '^git ${command} ' '${step.place.directory}/calls')" -le ${times} ]; then
                echo "connection reset" >&2; exit 128; fi
            exec '${git}' "$@"`,
        );
    };
    const tries = (command: string) => step.place.calls().filter((call) => call.startsWith(`git ${command} `)).length;

    it("does so after what others pushed", async () => {
        const { code, output } = await run();
        expect(output).to.contain("pushed: State of blog");
        expect(code).to.equal(0);
        expect(subjects()[0]).to.match(/^State of blog .*\[CI SKIP\]$/);
        expect(subjects()[1]).to.equal("else");
    });

    for (const command of ["fetch", "push"]) {
        it(`tries a ${command} again that fails in passing`, async () => {
            fail(command, 3);
            const { code, output } = await run();
            expect(output).to.contain("pushed: State of blog");
            expect(code).to.equal(0);
            expect(subjects().slice(0, 2).join()).to.match(/^State of blog .*,else$/);
        });

        it(`says that it is the ${command} that fails to the end`, async () => {
            fail(command, 9);
            const { code, output } = await run();
            expect(output).to.match(
                new RegExp(`^error: cannot ${command} .*; what was to be committed \\(State of blog`, "m"),
            );
            expect(output).to.match(/^next: see the lines? above/m);
            expect(code).to.equal(1);
            expect(tries(command)).to.equal(4);
            expect(step.place.leftovers()).to.deep.equal([]);
        });
    }

    it("does not try again what conflicts", async () => {
        writeFileSync(join(other(), "state"), "a file where a directory is to be");
        execFileSync("git", ["-C", other(), "add", "."]);
        execFileSync("git", ["-C", other(), ...identity, "commit", "--quiet", "-m", "conflict"]);
        execFileSync("git", ["-C", other(), "push", "--quiet"]);
        fail("none", 0);
        const { code, output } = await run();
        expect(output).to.contain("conflicts with what was pushed to main meanwhile");
        expect(code).to.equal(1);
        expect(tries("fetch")).to.equal(1);
    });
});
