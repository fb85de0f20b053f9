import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "chai";
import { buildProgram } from "../../../cli/program.js";

const root = join(__dirname, "../../..");

function cicd(args: readonly string[], own: Readonly<Record<string, string>> = {}) {
    const { PULUMI_OPTION_CONFIG_FILE: _, ...rest } = process.env;
    const program = ["--import", "tsx", "cli/main.ts", ...args];
    const env = { ...rest, PULUMI_STACK: "", ...own };
    return spawnSync(process.execPath, program, { cwd: root, encoding: "utf8", env });
}

describe("cicd", () => {
    for (const command of buildProgram().commands) {
        describe(command.name(), () => {
            it("says what it is for, with examples that are its own", () => {
                let help = "";
                command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
                expect(command.summary(), "summary").not.equal("");
                expect(help).match(new RegExp(`Examples:\\n  cicd ${command.name()}( |$)`, "m"));
            });

            it("can be asked for JSON", () => {
                expect(command.options.map(({ long }) => long)).include("--json");
            });
        });
    }

    it("says in one line what a user can mend, and ends with 1", function () {
        this.timeout(60_000);
        const { status, stdout, stderr } = cicd(["sync", "--now", "--stack", "nowhere", "--json"]);
        expect(status).equal(1);
        expect(stderr).match(/^cicd: There is no stack file .*Pulumi\.nowhere\.yaml; there are .*sandbox.*\n$/);
        expect(JSON.parse(stdout)).to.have.property("error").that.contains("There is no stack file");
    });

    it("says what is wrong with the environment in the same way", function () {
        this.timeout(60_000);
        const args = ["images", "--stack", "sandbox", "--json"];
        const { status, stdout, stderr } = cicd(args, { VAULT_TOKEN: "", VAULT_TOKEN_FILE: "/nonexistent" });
        const words = 'VAULT_TOKEN_FILE: cannot read "/nonexistent" (ENOENT)';
        expect(status).equal(1);
        expect(stderr).equal(`cicd: The configuration has errors:\n  ${words}\n`);
        expect(JSON.parse(stdout)).deep.equal({ error: `The configuration has errors:\n  ${words}` });
    });
});
