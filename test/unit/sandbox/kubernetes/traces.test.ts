import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
    makeMountPoints,
    removeControlGroups,
    removeMountPoints,
} from "../../../../sandbox/parts/kubernetes/traces.js";

describe("what a node leaves on the machine", () => {
    let root = "";
    const below = (...parts: string[]) => join(root, ...parts);
    const [nobody, somebody] = [() => false, () => true];

    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "traces-"));
    });
    afterEach(() => rmSync(root, { recursive: true }));

    it("goes with the last node: mount points that were made for it, not those that were there", () => {
        mkdirSync(below("theirs"));
        const targets = [below("theirs"), below("ours")];
        makeMountPoints(targets);
        makeMountPoints(targets);
        removeMountPoints(targets, somebody);
        expect(existsSync(below("ours")), "while another node runs").to.equal(true);
        removeMountPoints(targets, nobody);
        expect(readdirSync(root)).to.deep.equal(["theirs"]);
    });

    it("stays where somebody has put something", () => {
        makeMountPoints([below("ours")]);
        writeFileSync(below("ours", "file"), "");
        removeMountPoints([below("ours")], nobody);
        expect(readdirSync(below("ours"))).to.deep.equal(["file"]);
    });

    it("goes from both versions of control groups", () => {
        makeGroups(["k8s.io", "a", "b"], ["memory", "k8s.io", "a"], ["memory", "docker"]);
        removeControlGroups([], root, nobody);
        expect(readdirSync(root, { recursive: true }).sort()).to.deep.equal(["memory", "memory/docker"]);
    });

    it("is told from what another node has made a moment ago", () => {
        makeGroups(["memory", "k8s.io", "ours", "child"], ["memory", "k8s.io", "theirs"]);
        removeControlGroups(["ours", "gone"], root, somebody);
        expect(readdirSync(below("memory", "k8s.io"))).to.deep.equal(["theirs"]);
    });

    function makeGroups(...groups: readonly string[][]): void {
        for (const group of groups) mkdirSync(below(...group), { recursive: true });
    }
});
