import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { versions } from "../../../components/github/actions.js";
import { images } from "../../../config/images.js";

const text = (file: string) => readFileSync(join(__dirname, "../../..", file), "utf8");

interface CustomManager {
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
}

const { customManagers } = JSON.parse(text("renovate.json")) as { customManagers: readonly CustomManager[] };

/** What Renovate would find in a file by the managers that are for it. */
function foundIn(file: string): Record<string, string>[] {
    return customManagers
        .filter(({ managerFilePatterns }) => managerFilePatterns.some((p) => new RegExp(p.slice(1, -1)).test(file)))
        .flatMap(({ matchStrings }) => matchStrings)
        .flatMap((pattern) => [...text(file).matchAll(new RegExp(pattern, "g"))])
        .map(({ groups }) => ({ ...groups }));
}

describe("renovate.json", () => {
    it("finds every action that generated workflows pin", () => {
        const pins = foundIn("components/github/actions.ts").map((p) => [
            `${p.depName}@${p.currentDigest}`,
            ` ${p.currentValue}`,
        ]);
        expect(pins).to.have.deep.members([...versions]);
    });

    it("finds every image that is a default of the settings", () => {
        const found = foundIn("config/images.ts").map(({ depName, currentValue, currentDigest }) =>
            [`${depName}:${currentValue}`, ...(currentDigest ? [currentDigest] : [])].join("@"),
        );
        expect(found).to.have.members(Object.values(images.parse({})));
    });
});
