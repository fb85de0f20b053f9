import { expect } from "chai";
import { infraScripts } from "../../../components/infra/scripts.js";
import { lint } from "../../../sandbox/doubles/woodpecker/lint.js";
import { checkSyntax } from "../../../sandbox/doubles/woodpecker/syntax.js";
import { readWorkflow as readDefinition } from "../../../sandbox/doubles/woodpecker/workflow.js";
import { fired, readWorkflow } from "../../support/triggers.js";
import { WoodpeckerLibs } from "../../support/woodpeckerLibs.js";
import { infraRepository, infraTable } from "./infraTable.js";

const { pipelines, files } = infraRepository();
const names = files.map(({ path }) => path.replace(/^\.woodpecker\/|\.yml$/g, ""));

describe("the infra repository of stack prod, read by Woodpecker's own libraries", function () {
    this.timeout(60_000);
    let libs: WoodpeckerLibs;
    before(function () {
        const found = WoodpeckerLibs.get();
        if (!found) this.skip(); // the sandbox builds it
        libs = found;
    });

    it("has all thirteen kinds of file", () => {
        expect(names).to.have.members([
            "default",
            "renew-tls",
            "build-cli",
            "build-ci-image",
            "k8s-portal",
            "registry-config-sync",
            "pve-nfs-exports-sync",
            "postmortem-todos",
            "drift-detection",
            "issue-automation",
            "provision-user",
            "deploy-k8s-portal",
            "build-fallback-k8s-portal",
        ]);
    });

    for (const [what, start, expected] of infraTable) {
        it(`${what} runs ${expected.join(" and ") || "nothing"}`, () => {
            expect(fired(libs, files, start)).to.have.members([...expected]);
        });
    }

    it("runs every file by something in this table", () => {
        expect([...new Set(infraTable.flatMap(([, , expected]) => expected))]).to.have.members(names);
    });

    for (const { path, content } of files) {
        it(`${path} keeps to the syntax, to the linter and to the secrets that are declared`, () => {
            const document = readWorkflow(libs, content);
            expect(checkSyntax(document)).to.deep.equal([]);
            const trusted = { network: false, volumes: false, security: false };
            const privileged = ["woodpeckerci/plugin-docker-buildx"];
            const workflow = readDefinition(document);
            expect(lint(workflow, content, document, path, trusted, privileged)).to.deep.equal([]);
            const pipeline = pipelines.find(({ name }) => path === `.woodpecker/${name}.yml`);
            if (!pipeline || pipeline.name === "k8s-portal") return; // its registration is the application's
            const named = [...content.matchAll(/from_secret: (\S+)/g)].map(([, name]) => name);
            expect([...new Set(named)]).to.have.members(pipeline.secrets.map(({ name }) => name));
        });
    }

    it("hands every script to the shell as it was written", () => {
        for (const [name, script] of Object.entries(infraScripts)) {
            const file = files.find(({ path }) => path === `.woodpecker/${name}.yml`);
            const [step] = readWorkflow(libs, file?.content ?? "").steps;
            expect(step && "commands" in step && step.commands, name).to.deep.equal([script]);
        }
    });

    it("names no secret on a command line and hides no failure", () => {
        for (const [name, script] of Object.entries(infraScripts)) {
            expect(script, name).to.not.match(/ssh-keyscan|StrictHostKeyChecking[ =]+no|curl [^\n]*(-k|--insecure)\b/);
            expect(script, name).to.not.match(/--header[ =]["'](Authorization|X-Vault-Token)/i);
        }
    });
});
