import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { table } from "../../../../cli/lib/output.js";

describe("a table", () => {
    it("lines its columns up, whatever colours are in them", () => {
        const text = table(["APP", "TAG"], [["website", "1"], ["\u001b[31mx\u001b[39m", "2"], ["shop"]]);
        expect(stripVTControlCharacters(text).split("\n")).deep.equal([
            "APP      TAG",
            "website  1",
            "x        2",
            "shop",
        ]);
    });
});
