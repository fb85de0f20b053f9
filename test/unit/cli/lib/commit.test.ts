import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { CommittedFile } from "../../../../cli/lib/commit.js";

describe("a file that is committed", () => {
    it("is the one that a link names, in its own work tree", async () => {
        const directory = mkdtempSync(join(tmpdir(), "commit-"));
        try {
            const tree = join(directory, "tree");
            mkdirSync(tree);
            const git = (...args: string[]) => execFileSync("git", args, { cwd: tree, encoding: "utf8" }).trim();
            git("init", "-q");
            for (const [key, value] of [
                ["user.name", "operator"],
                ["user.email", "operator@sandbox.test"],
            ] as const) {
                git("config", key, value);
            }
            const link = join(directory, "Pulumi.test.yaml");
            writeFileSync(join(tree, "stack.yaml"), "config: {}\n");
            symlinkSync(join(tree, "stack.yaml"), link);
            git("add", "-A");
            git("commit", "-qm", "The stack file");

            const file = new CommittedFile(link);
            await file.demandClean();
            writeFileSync(link, "config: {x: 1}\n");
            expect(await file.commit("chore(release): roll x to 1")).equal(git("rev-parse", "--short", "HEAD"));
            expect(git("show", "--format=%s", "--name-only").split(/\n+/)).deep.equal([
                "chore(release): roll x to 1",
                "stack.yaml",
            ]);
        } finally {
            rmSync(directory, { recursive: true });
        }
    });
});
