import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { inspectionProgram, readFindings } from "../../../../providers/host/plugin/inspection.js";

describe("what a host has", () => {
    let root: string;
    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "inspection-"));
    });
    afterEach(() => rmSync(root, { recursive: true }));
    const look = (question: Partial<Parameters<typeof inspectionProgram>[0]>) => {
        const program = inspectionProgram({ root, files: [], ignored: [], ...question });
        return readFindings(execFileSync("sh", ["-s"], { input: program, encoding: "utf8" }));
    };
    const put = (name: string, mode = 0o644) => {
        mkdirSync(join(root, name, ".."), { recursive: true });
        writeFileSync(join(root, name), "content");
        chmodSync(join(root, name), mode);
        return join(root, name);
    };

    it("is told by mode, owner and hash; what is missing is left out", () => {
        const there = put("a/b", 0o600);
        const { files } = look({ files: [there, join(root, "missing")] });
        expect(Object.keys(files)).to.deep.equal([there]);
        expect(files[there]).to.match(
            /^0600 \w+:\w+ sha256:ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73$/,
        );
    });

    it("does not follow a link, or read a directory, in a file's place", () => {
        symlinkSync("/etc/hostname", join(root, "link"));
        mkdirSync(join(root, "directory"));
        const { files } = look({ files: [join(root, "link"), join(root, "directory")] });
        expect(files).to.deep.equal({
            [join(root, "link")]: "link to /etc/hostname",
            [join(root, "directory")]: "not a file",
        });
    });

    it("names what nobody declared, but not what is somebody else's or the push's own", () => {
        const declared = put("declared");
        const extra = [put("with space and 'quote'"), put("deep/er")];
        const data = put("data/blob");
        put(".push/log");
        const found = look({ files: [declared], ignored: [join(root, "data"), `${data}x`] });
        expect(Object.keys(found.extra).sort()).to.deep.equal(extra.sort());
    });

    it("has the states that the probe prints, and nothing of its complaints", () => {
        const { items } = look({ probe: "printf 'nginx\\trunning x\\n'; echo broken >&2; false" });
        expect(items).to.deep.equal({ nginx: "running x" });
    });

    it("is an empty host where nothing is", () => {
        rmSync(root, { recursive: true });
        expect(look({ files: [join(root, "f")] })).to.deep.equal({ files: {}, extra: {}, items: {} });
        mkdirSync(root);
    });

    it("is no answer without its end", () => {
        expect(() => readFindings("file\t/a\t0644 a:b sha256:c\n")).to.throw("not complete");
    });
});
