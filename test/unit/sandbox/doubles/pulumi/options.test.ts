import { expect } from "chai";
import { parseRuntimeOptions, splitWords } from "../../../../../sandbox/doubles/pulumi/language/options.js";
import { configEnvironment, runResult } from "../../../../../sandbox/doubles/pulumi/language/program.js";

describe("runtime options of a program", () => {
    it("have the defaults of the official host", () => {
        expect(parseRuntimeOptions({})).to.deep.equal({ typescript: true, nodeargs: [] });
    });

    it("split nodeargs as a shell would", () => {
        expect(splitWords(`--import=tsx  '--title=a b' "c\\"d" ""`)).to.deep.equal([
            "--import=tsx",
            "--title=a b",
            'c"d',
            "",
        ]);
        expect(() => splitWords(`--a='b`)).to.throw("open quote");
    });

    it("of the wrong type are errors", () => {
        expect(() => parseRuntimeOptions({ typescript: "no" })).to.throw("typescript option must be a boolean");
        expect(() => parseRuntimeOptions({ packagemanager: "x" })).to.throw(
            "must be one of auto, npm, yarn, pnpm or bun",
        );
    });
});

describe("the end of a program", () => {
    it("is silent after the SDK has told the user, and says the exit code otherwise", () => {
        expect(runResult({ code: 0, signal: null })).to.deep.equal({ error: "", bail: false });
        expect(runResult({ code: 32, signal: null })).to.deep.equal({ error: "", bail: true });
        expect(runResult({ code: 1, signal: null }).error).to.equal("Program exited with non-zero exit code: 1");
    });

    it("is preceded by config in the form that the SDK reads", () => {
        const { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS } = configEnvironment(new Map([["cicd:apps", "{}"]]), [
            "cicd:x",
        ]);
        expect(JSON.parse(PULUMI_CONFIG)).to.deep.equal({ "cicd:config:apps": "{}" });
        expect(JSON.parse(PULUMI_CONFIG_SECRET_KEYS)).to.deep.equal(["cicd:x"]);
    });
});
