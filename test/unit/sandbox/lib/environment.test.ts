import { execFileSync } from "node:child_process";
import { expect } from "chai";
import fc from "fast-check";
import { exportLines } from "../../../../sandbox/lib/environment.js";

describe("the lines of `sandbox env`", () => {
    it("give a shell exactly the values, whatever they hold", () => {
        const value = fc.string({ unit: fc.constantFrom("'", '"', "$", "`", "\\", " ", "\n", "!", "a", ";", "é") });
        fc.assert(
            fc.property(fc.array(value, { minLength: 1, maxLength: 20 }), (values) => {
                const lines = exportLines(Object.fromEntries(values.map((text, index) => [`VALUE_${index}`, text])));
                const print = values.map((_, index) => `printf '%s\\0' "$VALUE_${index}"`).join("\n");
                const output = execFileSync("sh", { input: `${lines}${print}\n`, encoding: "utf8" });
                expect(output.split("\0").slice(0, -1)).to.deep.equal(values);
            }),
            { numRuns: 20 },
        );
    });

    it("leave plain words readable", () => {
        expect(exportLines({ VAULT_ADDR: "http://127.0.0.1:18200" })).to.equal(
            "export VAULT_ADDR=http://127.0.0.1:18200\n",
        );
    });
});
