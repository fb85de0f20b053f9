import { expect } from "chai";
import { compileProgress } from "../../../../sandbox/toolchain/go.js";

describe("the progress of a build", () => {
    it("counts what is left to compile, and tells no time before it can", () => {
        expect(compileProgress(0, 40, 0)).to.equal("compiled 0 of 40 packages");
        expect(compileProgress(3, 40, 5_000)).to.equal("compiled 3 of 40 packages");
    });

    it("tells the time left at the speed so far", () => {
        expect(compileProgress(10, 40, 10_000)).to.equal("compiled 10 of 40 packages, about 30 s left");
        expect(compileProgress(100, 400, 60_000)).to.equal("compiled 100 of 400 packages, about 3 min left");
    });

    it("is linking once nothing is left, as after a build that was interrupted there", () => {
        expect(compileProgress(40, 40, 60_000)).to.equal("linking");
        expect(compileProgress(0, 0, 0)).to.equal("linking");
    });
});
