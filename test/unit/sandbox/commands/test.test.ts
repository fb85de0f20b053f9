import { expect } from "chai";
import { summary } from "../../../../sandbox/commands/test.js";

describe("the last lines of npm test", () => {
    it("add up all suites", () => {
        expect(summary([])).to.equal("0 passed, 0 failed");
        const results = [
            { name: "types", passed: 1, failed: 0 },
            { name: "unit tests", passed: 3, failed: 0, failures: [] },
        ];
        expect(summary(results)).to.equal("4 passed, 0 failed");
    });

    it("name what failed, and a suite that ended without saying so", () => {
        const failures = [{ title: "a door › opens", reason: "it is locked" }];
        const results = [
            { name: "unit tests", passed: 3, failed: 1, failures },
            { name: "sandbox tests", passed: 0, failed: 1 },
        ];
        const lines = [
            "failed: unit tests: a door › opens: it is locked",
            "failed: sandbox tests",
            "3 passed, 2 failed",
        ];
        expect(summary(results).split("\n")).to.deep.equal(lines);
    });
});
