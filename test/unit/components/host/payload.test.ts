import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { describeFiles, pushProgram } from "../../../../components/host/payload.js";

describe("the program of a push", () => {
    const directory = mkdtempSync(join(tmpdir(), "payload-"));
    after(() => rmSync(directory, { recursive: true }));
    const printed = (program: string, name: string) => {
        const file = join(directory, "program");
        writeFileSync(file, program);
        return execFileSync("sh", [file, name], { encoding: "utf8" });
    };

    it("carries any content unchanged, and never runs it", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
                const content = Buffer.from(text).toString();
                const program = pushProgram({ root: "/srv/x", files: [{ path: "/srv/x/f", content }], revision: 1 });
                const [mode, owner, action, path, base64 = ""] = printed(program, "host_files").trimEnd().split(" ");
                expect([mode, owner, action, path]).to.deep.equal(["0644", "root:root", "none", "/srv/x/f"]);
                expect(Buffer.from(base64, "base64").toString()).to.equal(content);
            }),
            { numRuns: 30 },
        );
    });

    for (const path of ["relative", "/a/../b", "/a/./b", "/a b", "/a'b", "/a\nb", "/", "/a/", "/a//b", "/$HOME"]) {
        it(`refuses the path ${JSON.stringify(path)}`, () => {
            expect(() => pushProgram({ root: "/srv", files: [{ path, content: "" }], revision: 1 })).to.throw(
                "is not an absolute path of plain characters",
            );
        });
    }

    it("refuses words that would need quoting", () => {
        const file = { path: "/srv/f", content: "" };
        for (const wrong of [{ mode: "a b" }, { owner: "root root" }, { action: "x;y" }]) {
            expect(() => pushProgram({ root: "/srv", files: [{ ...file, ...wrong }], revision: 1 })).to.throw(
                "is not a plain word",
            );
        }
    });

    it("describes files by mode, owner and hash, in the order of their paths", () => {
        const sum = createHash("sha256").update("x").digest("hex");
        const files = [
            { path: "/b", content: "x", mode: "0600", owner: "a:b" },
            { path: "/a", content: "x" },
        ];
        expect(Object.entries(describeFiles(files))).to.deep.equal([
            ["/a", `0644 root:root sha256:${sum}`],
            ["/b", `0600 a:b sha256:${sum}`],
        ]);
    });
});
