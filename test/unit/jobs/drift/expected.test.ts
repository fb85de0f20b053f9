import { expect } from "chai";
import { expiredRules, parseExpected, sortExpected } from "../../../../jobs/drift/expected.js";
import { aFinding } from "../../../support/drift/findings.js";

const today = "2026-11-24";
const each = aFinding({ differences: [{ path: "data.level" }, { path: "data.debug" }] });

function isExpected(rule: Record<string, unknown>, finding = each): boolean {
    const rules = parseExpected(JSON.stringify([{ reason: "a trial", ...rule }]));
    return sortExpected([finding], rules, today).expected.length === 1;
}

describe("what is expected", () => {
    it("is named by URN or name, with wildcards", () => {
        expect(isExpected({ resource: each.resource })).to.equal(true);
        expect(isExpected({ resource: "ConfigMap web/*" })).to.equal(true);
        expect(isExpected({ resource: "*::settings", type: "kubernetes:core/v1:*" })).to.equal(true);
        expect(isExpected({ resource: "ConfigMap web" })).to.equal(false);
        expect(isExpected({ resource: "*", stack: "other" })).to.equal(false);
        expect(isExpected({ resource: "ConfigMap.web/settings" })).to.equal(false);
    });

    it("covers all that differs, or nothing", () => {
        expect(isExpected({ resource: "*", paths: ["data.level", "data.debug"] })).to.equal(true);
        expect(isExpected({ resource: "*", paths: ["data.*"] })).to.equal(true);
        expect(isExpected({ resource: "*", paths: ["data.level"] })).to.equal(false);
        expect(isExpected({ resource: "*", paths: ["data.*"] }, aFinding({ differences: [] }))).to.equal(false);
    });

    it("ends with its day", () => {
        expect(isExpected({ resource: "*", until: "2026-11-24" })).to.equal(true);
        expect(isExpected({ resource: "*", until: "2026-11-23" })).to.equal(false);
        const rules = parseExpected("[{resource: x, reason: y, until: 2026-11-23}]");
        expect(expiredRules(rules, today)).to.have.lengthOf(1);
    });

    it("is never what cannot be read", () => {
        expect(isExpected({ resource: "*" }, aFinding({ cause: "unreadable", kind: "unreadable" }))).to.equal(false);
    });

    it("needs a reason, and says which entry is wrong", () => {
        expect(() => parseExpected("[{resource: x}]")).to.throw(/EXPECTED 0\.reason/);
        expect(() => parseExpected("[{resource: x, reason: y, untill: 2027-01-01}]")).to.throw(/untill/);
        expect(() => parseExpected("[{resource: x, reason: y, until: 2026-02-30}]")).to.throw("is not a day");
        expect(() => parseExpected("resource: x")).to.throw(/EXPECTED/);
        expect(parseExpected("")).to.deep.equal([]);
    });
});
