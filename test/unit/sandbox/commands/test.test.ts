import { expect } from "chai";
import { sum } from "../../../../sandbox/commands/test.js";

describe("the last line of npm test", () => {
    it("adds up all suites", () => {
        const counts = [
            { passed: 3, failed: 0 },
            { passed: 0, failed: 1 },
        ];
        expect(sum(counts)).to.deep.equal({ passed: 3, failed: 1 });
        expect(sum([])).to.deep.equal({ passed: 0, failed: 0 });
    });
});
