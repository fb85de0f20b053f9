import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { locate } from "../../../sandbox/lib/places.js";

const { root } = locate();

describe("a suite whose tests are over", () => {
    let directory: string;

    before(() => {
        directory = mkdtempSync(join(tmpdir(), "reporter-"));
    });

    after(() => rmSync(directory, { recursive: true, force: true }));

    it("is counted, and what failed is named with its reason", () => {
        const { status, counts } = run(`
            it("passes", () => {});
            describe("a door", () => it("opens", () => { throw new Error("it is\\nlocked"); }));
        `);
        expect(status).equal(1);
        const failures = [{ title: "a door › opens", reason: "it is" }];
        expect(counts).deep.equal({ passed: 1, failed: 1, pending: 0, failures });
    });

    it("ends, and is red, where something that was left open would keep it running", () => {
        const { status, counts, stderr } = run('it("leaves a timer", () => { setInterval(() => {}, 1000); });');
        expect(counts).deep.equal({ passed: 1, failed: 0, pending: 0, failures: [] });
        expect(status).equal(1);
        expect(stderr).match(/left open keeps running: .*Timeout/);
    });

    function run(tests: string): { status: number | null; stderr: string; counts: unknown } {
        const file = join(directory, "suite.cjs");
        const counts = join(directory, "counts.json");
        writeFileSync(file, tests);
        const { status, stderr } = spawnSync(
            process.execPath,
            [
                resolve(root, "node_modules/mocha/bin/mocha.js"),
                ...["--no-config", "--reporter", resolve(root, "test/support/countingReporter.cjs")],
                ...["--reporter-option", `counts=${counts},graceSeconds=0.2`, file],
            ],
            { encoding: "utf8", cwd: directory, timeout: 30_000 },
        );
        return { status, stderr, counts: JSON.parse(readFileSync(counts, "utf8")) };
    }
});
