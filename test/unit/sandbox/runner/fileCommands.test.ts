import { expect } from "chai";
import fc from "fast-check";
import { parseAssignments } from "../../../../sandbox/runner/fileCommands.js";

describe("parseAssignments", () => {
    it("keeps everything behind the first equals sign", () => {
        expect(parseAssignments("a=b=c\nempty=\n")).to.deep.equal({ a: "b=c", empty: "" });
    });

    it("takes back any text that was written as a block", () => {
        const line = fc.string().map((text) => text.replace(/[\r\n]/g, ""));
        const lines = fc.array(line, { minLength: 1 });
        fc.assert(
            fc.property(lines, (written) => {
                fc.pre(!written.includes("EOF"));
                const text = written.join("\n");
                expect(parseAssignments(`x<<EOF\n${text}\nEOF\ny=1\n`)).to.deep.equal({ x: text, y: "1" });
            }),
        );
    });

    it("names a line that is neither, and a block without its end", () => {
        expect(() => parseAssignments("tag")).to.throw("Invalid format 'tag'");
        expect(() => parseAssignments("a<<E\nb\n")).to.throw("delimiter not found 'E'");
    });
});
