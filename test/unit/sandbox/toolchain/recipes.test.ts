import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { parts } from "../../../../sandbox/parts/index.js";
import { librariesIn } from "../../../../sandbox/toolchain/debian.js";
import { recipeFor, recipes } from "../../../../sandbox/toolchain/recipes.js";
import { compareVersions, isAccepted, versionIn } from "../../../../sandbox/toolchain/version.js";

describe("the recipes of the sandbox's programs", () => {
    it("make every program that a part asks for", () => {
        const missing = parts.flatMap((part) => part.programs).filter((program) => recipeFor(program) === undefined);
        expect(missing).to.deep.equal([]);
    });

    it("make each program once", () => {
        const programs = recipes.flatMap((recipe) => Object.keys(recipe.programs));
        expect(new Set(programs).size).to.equal(programs.length);
    });

    it("accept the version that they would make themselves", () => {
        const refused = recipes.filter(
            ({ kind, version, accepted }) => kind !== "installed" && accepted && !isAccepted(`${version}.99`, accepted),
        );
        expect(refused.map(({ name }) => name)).to.deep.equal([]);
    });

    it("build from folders that pin their dependencies", () => {
        const folders = recipes.flatMap((recipe) => (recipe.kind === "go" ? [recipe.folder] : []));
        const unpinned = folders.filter((folder) => !existsSync(join("sandbox/toolchain", folder, "go.mod")));
        expect(unpinned).to.deep.equal([]);
    });
});

describe("versions", () => {
    it("are compared number by number", () => {
        expect(compareVersions("1.10.0", "1.9.9")).to.be.greaterThan(0);
        expect(compareVersions("2.8", "2.8.0")).to.equal(0);
        expect(compareVersions("2.8.3", "3")).to.be.lessThan(0);
    });

    it("are found in what programs print", () => {
        expect(versionIn("OpenBao v2.7.2 (0a1b2c), built 2026-10-26")).to.equal("2.7.2");
        expect(versionIn("prometheus, version 2.42.0+ds (branch: debian/sid)")).to.equal("2.42.0");
        expect(versionIn("jq-1.6")).to.equal("1.6");
        expect(versionIn("no version here")).to.equal(undefined);
    });
});

describe("the libraries of a Debian package", () => {
    it("are the first of each alternative that is a library", () => {
        const depends =
            "adduser, libc6 (>= 2.36), libwrap0 (>= 7.6-4~), debconf (>= 0.5) | debconf-2.0, libssl3|libssl1.1";
        expect(librariesIn(depends)).to.deep.equal(["libc6", "libwrap0", "libssl3"]);
    });
});
