import { join } from "node:path";
import { expect } from "chai";
import { findStack, projectRoot, rawSettings, readSettings } from "../../../../cli/lib/stack.js";
import { parseSettings } from "../../../../config/parse.js";
import { UsageError } from "../../../../jobs/lib/errors.js";
import { stackConfig } from "../../../support/settings.js";

const nobody = { PULUMI_STACK: undefined, PULUMI_OPTION_STACK: undefined, PULUMI_OPTION_CONFIG_FILE: undefined };

describe("the stack of a command", () => {
    for (const name of ["sandbox", "prod"]) {
        it(`has the settings that the program has, for ${name}`, () => {
            const file = join(projectRoot, `Pulumi.${name}.yaml`);
            expect(readSettings(file)).deep.equal(parseSettings(stackConfig(name)));
        });
    }

    it("is the one of the option, before those of the environment", async () => {
        const environment = { ...nobody, PULUMI_STACK: "prod" };
        expect((await findStack("sandbox", environment)).name).equal("sandbox");
        expect((await findStack(undefined, environment)).name).equal("prod");
        expect((await findStack("acme/cicd-pipeline/prod", nobody)).file).match(/Pulumi\.prod\.yaml$/);
    });

    it("is told by the name of a stack file that lies elsewhere", async () => {
        const environment = { ...nobody, PULUMI_OPTION_CONFIG_FILE: join(projectRoot, "Pulumi.sandbox.yaml") };
        const { name, file } = await findStack(undefined, environment);
        expect(name).equal("sandbox");
        expect(file).equal(environment.PULUMI_OPTION_CONFIG_FILE);
    });

    it("needs no passphrase: encrypted values are not read", () => {
        const text =
            'config:\n  cicd:credentials:\n    dockerhubToken:\n      secure: v1:abc\n  cicd:adopt: "true"\n  aws:region: x\n';
        expect(rawSettings(text, "f")).deep.equal({ adopt: true, credentials: { dockerhubToken: "(encrypted)" } });
    });

    it("names the file that is no YAML", () => {
        expect(() => rawSettings("config: [", "Pulumi.x.yaml")).throw(UsageError, /^Pulumi\.x\.yaml: /);
    });

    it("names the file with an alias of nothing", () => {
        const text = "config:\n  cicd:github: *nowhere\n";
        expect(() => rawSettings(text, "Pulumi.x.yaml")).throw(UsageError, /^Pulumi\.x\.yaml: .*nowhere/);
    });

    it("has what a merge key takes over, as pulumi has it", () => {
        const text = [
            "config:",
            "  cicd:apps:",
            "    one: &base { build: woodpecker, sha: '01234567' }",
            "    two:",
            "      <<: *base",
            "      sha: '89abcdef'",
            "",
        ].join("\n");
        const { apps } = rawSettings(text, "f");
        expect(apps).deep.equal({
            one: { build: "woodpecker", sha: "01234567" },
            two: { build: "woodpecker", sha: "89abcdef" },
        });
    });
});
