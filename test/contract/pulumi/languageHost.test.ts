import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { PlainProject } from "./plainCli.js";

const index = `
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
const config = new pulumi.Config();
if (config.get("fail") === "throw") throw new Error("the program's own error");
if (config.get("fail") === "run") throw new pulumi.RunError("an error for the user");
if (config.get("fail") === "exit") process.exit(9);
const { stdout } = new command.local.Command("command", { create: "echo made" });
console.log("said on stdout", pulumi.getProject(), pulumi.getStack(), pulumi.runtime.isDryRun());
export const result = stdout;
export const secret = config.requireSecret("secret");
`;

const pack = `
const { PolicyPack } = require("@pulumi/policy");
const pulumi = require("@pulumi/pulumi");
new PolicyPack("contract", {
    policies: [{
        name: "no-forbidden-names",
        description: "Names must not be forbidden.",
        enforcementLevel: "mandatory",
        validateResource: (args, report) => {
            if (args.name === process.env.FORBIDDEN) report("forbidden on " + pulumi.getStack());
        },
    }],
});
`;

describe("language host", function () {
    this.timeout(180_000);
    const project = new PlainProject({ "index.ts": index });
    const config = (name: string, value: string) => project.run("config", "set", name, value);

    before(async () => {
        mkdirSync(join(project.directory, "policies"));
        project.write({
            "policies/PulumiPolicy.yaml": "runtime: nodejs\nversion: 0.0.1\n",
            "policies/package.json": '{"name":"contract-policies","version":"0.0.1","main":"index.js"}',
            "policies/index.js": pack,
        });
        expect((await project.run("stack", "init")).exitCode).to.equal(0);
        await project.run("config", "set", "--secret", "secret", "planted-config-secret");
    });
    after(() => project.remove());

    it("runs a TypeScript program through up, an empty second preview and destroy", async () => {
        const up = await project.run("up", "--yes", "--skip-preview");
        expect(up.exitCode, up.text).to.equal(0);
        expect(up.text).to.include("said on stdout plain test false").and.include('result: "made"');
        expect(up.text).to.include("[secret]").and.not.include("planted-config-secret");
        const preview = await project.run("preview", "--expect-no-changes");
        expect(preview.exitCode, preview.text).to.equal(0);
        expect(preview.text).to.include("said on stdout plain test true");
        expect((await project.run("destroy", "--yes", "--skip-preview")).exitCode).to.equal(0);
    });

    it("shows a program's error with its place, and ends with 1", async () => {
        await config("fail", "throw");
        const { exitCode, text } = await project.run("preview");
        expect(exitCode).to.equal(1);
        expect(text).to.include("the program's own error").and.include("index.ts");
        expect(text).to.not.include("non-zero exit code");
    });

    it("shows an error for the user without a stack trace", async () => {
        await config("fail", "run");
        const { exitCode, text } = await project.run("preview");
        expect(exitCode).to.equal(1);
        expect(text)
            .to.include("an error for the user")
            .and.not.match(/\n\s+at /);
    });

    it("says so when the program just ends", async () => {
        await config("fail", "exit");
        const { exitCode, text } = await project.run("preview");
        expect(exitCode).to.equal(1);
        expect(text).to.include("Program exited with non-zero exit code: 9");
        await project.run("config", "rm", "fail");
    });

    it("runs a policy pack: a mandatory violation ends with 1, compliance with 0", async () => {
        const good = await project.run("preview", "--policy-pack", "policies");
        expect(good.exitCode, good.text).to.equal(0);
        process.env.FORBIDDEN = "command";
        const strict = new PlainProject({ "index.ts": index });
        delete process.env.FORBIDDEN;
        try {
            await strict.run("stack", "init");
            await strict.run("config", "set", "--secret", "secret", "x");
            const bad = await strict.run("preview", "--policy-pack", join(project.directory, "policies"));
            expect(bad.exitCode).to.equal(1);
            expect(bad.text).to.include("no-forbidden-names").and.include("forbidden on test");
        } finally {
            strict.remove();
        }
    });
});
