import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { completionScript } from "../../../../cli/completion/script.js";
import { buildProgram } from "../../../../cli/program.js";

const program = buildProgram();

/** What bash would offer. @param words after `cicd`, the last one not finished */
function offered(...words: string[]): string[] {
    const line = ["cicd", ...words].map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _cicd; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", `${completionScript(program, "bash")}\n${ask}`], {
        encoding: "utf8",
    });
    expect(stderr).equal("");
    return stdout.split("\n").filter((word) => word !== "");
}

describe("completion", () => {
    it("offers commands, then their options, in bash", () => {
        expect(offered("")).members(program.commands.map((command) => command.name()));
        expect(offered("doc")).deep.equal(["doctor"]);
        expect(offered("doctor", "--t")).deep.equal(["--timeout"]);
        expect(offered("map", "--")).include.members(["--format", "--output", "--json", "--stack"]);
    });

    it("names every command and option for zsh and fish too", () => {
        for (const shell of ["zsh", "fish"] as const) {
            const script = completionScript(program, shell);
            for (const command of program.commands) {
                expect(script).include(command.name());
                for (const { long } of command.options) expect(script).include(long?.slice(2));
            }
        }
    });
});
