import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { imageTag } from "../../policies/checks/imageTag.js";
import { PlainProject, type Result } from "../contract/pulumi/plainCli.js";
import { stack } from "../support/stack.js";

const pack = join(__dirname, "../../policies");

/** Each part breaks one policy, in a way that only the engine can show: images, secrets, and what is not known yet. */
const program = `
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const secret = config.requireSecret("secret");
const first = new command.local.Command("first", { create: "echo made" });
new command.local.Command("sent", { create: "cat > /dev/null", stdin: secret });
new command.local.Command("later", { create: first.stdout, environment: { FROM: first.stdout } });

if (config.get("bad") === "image") {
    const services = "services:\\n  registry:\\n    image: registry:latest\\n";
    new command.local.Command("compose", { create: "cat > /dev/null", stdin: services });
}
if (config.get("bad") === "secret") {
    new command.local.Command("told", { create: pulumi.interpolate\`login \${secret}\` });
    new command.local.Command("clear", { create: "true", environment: { token: "planted-token" } });
}
`;

describe("the policy pack in the real engine", function () {
    this.timeout(240_000);

    before(() => {
        expect(existsSync(join(pack, "dist/pack.cjs")), "the pack is not built; write it with: npm run build").to.equal(
            true,
        );
    });

    describe("on programs of its own", () => {
        const project = new PlainProject({ "index.ts": program });
        const preview = async (bad: string, ...more: string[]): Promise<Result> => {
            await project.run("config", "set", "bad", bad);
            return project.run("preview", "--policy-pack", pack, ...more);
        };

        before(async () => {
            expect((await project.run("stack", "init")).exitCode).to.equal(0);
            await project.run("config", "set", "--secret", "secret", "planted-secret");
        });
        after(() => project.remove());

        it("lets a good program pass, secrets and unknown values in it", async () => {
            const { exitCode, text } = await preview("nothing");
            expect(exitCode, text).to.equal(0);
            expect(text)
                .to.include("cicd-pipeline@v")
                .and.not.match(/\[mandatory\]|\[advisory\]|can't run policy/);
        });

        it("stops a bad image and says what to do", async () => {
            const { exitCode, text } = await preview("image");
            expect(exitCode, text).to.equal(1);
            expect(text).to.match(/\[mandatory\].*\[severity: high\].*image-has-fixed-tag.*compose/);
            expect(text).to.include(`Remedy: ${imageTag.remedy}`).and.include("registry-image-has-digest");
        });

        it("tells what is marked secret from what is not, and repeats neither", async () => {
            const { exitCode, text } = await preview("secret");
            expect(exitCode, text).to.equal(1);
            expect(text)
                .to.match(/command-holds-no-secret.*told/)
                .and.include("create is made with a secret");
            expect(text)
                .to.match(/secret-is-marked.*clear/)
                .and.include("environment.token is not marked secret");
            expect(text)
                .to.not.match(/secret-is-marked.*sent/)
                .and.not.include("planted-secret");
        });

        it("takes exceptions from the pack's configuration, and refuses one without a reason", async () => {
            const configured = async (exception: object) => {
                const allow = [exception];
                const policies = { "image-has-fixed-tag": { allow }, "registry-image-has-digest": { allow } };
                project.write({ "policies.json": JSON.stringify(policies) });
                return preview("image", "--policy-pack-config", "policies.json");
            };
            const good = await configured({ subject: "registry:latest", reason: "a test of exceptions" });
            expect(good.exitCode, good.text).to.equal(0);
            const bad = await configured({ subject: "registry:latest" });
            expect(bad.exitCode).to.not.equal(0);
            expect(bad.text).to.include("reason");
        });
    });

    it("lets stack sandbox pass", async () => {
        await stack.select();
        const { code, output } = await stack.check("--policy-pack", pack);
        expect(code, output).to.equal(0);
        expect(output).to.include("cicd-pipeline@v").and.not.include("can't run policy");
    });
});
