import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";

const root = join(__dirname, "../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };

for (const file of ["CONTRIBUTING.md", "CHANGELOG.md", "docs/policies.md"]) {
    describe(file, () => {
        it("names scripts that exist", () => {
            const named = [...read(file).matchAll(/npm (?:run (?:-s )?|(?=test\b|start\b))([\w:-]+)/g)].map(
                (m) => m[1],
            );
            expect(Object.keys(scripts)).to.include.members(named);
        });
        it("names files and folders that exist", () => {
            const code = [...read(file).matchAll(/`([\w./-]+(?:\/|\.(?:ts|json|md)))`/g)].map((m) => m[1] ?? "");
            const links = [...read(file).matchAll(/\]\((?!https:)([^)#]+)/g)].map((m) => m[1] ?? "");
            expect([...code, ...links].filter((path) => !existsSync(join(root, path)))).to.deep.equal([]);
        });
    });
}
