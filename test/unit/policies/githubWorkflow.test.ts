import { expect } from "chai";
import { actionPin } from "../../../policies/checks/actionPin.js";
import { buildPlatform } from "../../../policies/checks/buildPlatform.js";
import { permissions } from "../../../policies/checks/permissions.js";
import { untrustedText } from "../../../policies/checks/untrustedText.js";
import { workflowReadable } from "../../../policies/checks/workflowReadable.js";
import { githubFile, messages, pushedFile, woodpeckerFile } from "../../support/policies.js";

const steps = (list: string, head = "") => githubFile(`${head}\njobs: {build: {steps: [${list}]}}`);

describe("action-pinned-by-commit", () => {
    const commit = "de0fac2e4500dabe0009e67214ff5f5447ce83dd";
    for (const uses of [`actions/checkout@${commit}`, "./local", `docker://alpine@sha256:${"0".repeat(64)}`]) {
        it(`lets ${uses} pass`, () => {
            expect(messages(actionPin, steps(`{uses: "${uses}"}`))).to.deep.equal([]);
        });
    }
    for (const uses of ["actions/checkout@v6", "actions/checkout", `a/b@${commit.slice(0, 7)}`, "docker://alpine:3"]) {
        it(`stops ${uses}`, () => {
            expect(messages(actionPin, steps(`{name: Check out, uses: "${uses}"}`))).to.deep.equal([
                `.github/workflows/build.yml, job build, step "Check out": uses ${uses}`,
            ]);
        });
    }
    it("looks at reusable workflows too", () => {
        expect(
            messages(actionPin, githubFile("jobs: {a: {uses: acme/x/.github/workflows/y.yml@main}}")),
        ).to.have.length(1);
    });
});

describe("workflow-permissions-are-least", () => {
    it("takes reading, and none at all", () => {
        expect(messages(permissions, steps("", "permissions: {contents: read}"))).to.deep.equal([]);
        expect(messages(permissions, githubFile("jobs: {a: {permissions: {}, steps: []}}"))).to.deep.equal([]);
    });
    it("stops silence, write-all and single rights to write", () => {
        expect(messages(permissions, steps(""))).to.deep.equal([
            ".github/workflows/build.yml, job build: states no permissions",
        ]);
        expect(messages(permissions, steps("", "permissions: write-all"))).to.have.length(1);
        const job = githubFile("permissions: {}\njobs: {a: {permissions: {packages: write}}}");
        expect(messages(permissions, job)).to.deep.equal([".github/workflows/build.yml, job a: may write packages"]);
    });
});

describe("no-untrusted-text-in-shell", () => {
    const run = (text: string) => steps(JSON.stringify({ run: text }));
    it("takes variables of the shell and ids that nobody outside can choose", () => {
        expect(messages(untrustedText, run('echo "$TITLE" ${GITHUB_SHA:0:8} ${{ github.sha }}'))).to.deep.equal([]);
    });
    for (const expression of [
        "github.event.issue.title",
        "github.head_ref",
        "inputs.name",
        "secrets.TOKEN",
        "steps.a.outputs.b",
        "github.sha || github.head_ref",
    ]) {
        it(`stops \${{ ${expression} }} in a script`, () => {
            expect(messages(untrustedText, run(`echo \${{ ${expression} }}`)).join()).to.include(expression);
            const script = JSON.stringify({
                uses: "actions/github-script@v8",
                with: { script: `\${{ ${expression} }}` },
            });
            expect(messages(untrustedText, steps(script))).to.have.length(1);
        });
    }
    it("stops text that Woodpecker pastes into a command, but not what the shell reads itself", () => {
        const command = (text: string) =>
            woodpeckerFile(`steps: [{name: a, image: b, commands: [${JSON.stringify(text)}]}]`);
        expect(messages(untrustedText, command("echo ${CI_COMMIT_MESSAGE}"))).to.have.length(1);
        expect(messages(untrustedText, command("echo ${CI_COMMIT_BRANCH##*/}"))).to.have.length(1);
        expect(messages(untrustedText, command("echo $CI_COMMIT_MESSAGE $${NAME} ${CI_COMMIT_SHA:0:8}"))).to.deep.equal(
            [],
        );
    });
});

describe("build-is-linux-amd64", () => {
    const action = (inputs: string) => steps(`{uses: docker/build-push-action@v6, with: {${inputs}}}`);
    const plugin = (inputs: string) =>
        woodpeckerFile(`steps: [{name: a, image: woodpeckerci/plugin-docker-buildx:6, settings: {${inputs}}}]`);
    it("takes linux/amd64", () => {
        expect(messages(buildPlatform, action("platforms: linux/amd64"))).to.deep.equal([]);
        expect(messages(buildPlatform, plugin("platforms: [linux/amd64]"))).to.deep.equal([]);
    });
    it("stops another platform, a second one, and none", () => {
        for (const inputs of ["platforms: linux/arm64", 'platforms: "linux/amd64,linux/arm64"', "push: true"]) {
            expect(messages(buildPlatform, action(inputs)), inputs).to.have.length(1);
            expect(messages(buildPlatform, plugin(inputs)), inputs).to.have.length(1);
        }
    });
    it("stops QEMU, platforms in scripts, and runners of another kind", () => {
        expect(messages(buildPlatform, steps("{uses: docker/setup-qemu-action@v3}"))).to.have.length(1);
        expect(messages(buildPlatform, steps("{run: docker build --platform linux/arm64 .}"))).to.have.length(1);
        expect(messages(buildPlatform, steps("{run: docker build --platform=linux/amd64 .}"))).to.deep.equal([]);
        expect(messages(buildPlatform, woodpeckerFile("labels: {platform: linux/arm64}\nsteps: []"))).to.have.length(1);
    });
});

describe("workflow-is-yaml", () => {
    it("names the place of what cannot be read", () => {
        const [message] = messages(workflowReadable, woodpeckerFile("steps:\n  - a: [b\n"));
        expect(message)
            .to.include(".woodpecker/deploy.yml")
            .and.match(/line \d/);
        expect(messages(workflowReadable, githubFile("on: push"))).to.deep.equal([]);
    });
    it("leaves files alone that are no workflows", () => {
        expect(messages(workflowReadable, pushedFile("README.md", "a: [b"))).to.deep.equal([]);
    });
});
