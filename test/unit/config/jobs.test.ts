import { expect } from "chai";
import { parseSettings } from "../../../config/parse.js";
import { SettingsError } from "../../../config/problems.js";
import { vaultTokenShort } from "../../../policies/checks/vaultTokenShort.js";
import { type RawSettings, rawSettings } from "../../support/settings.js";

function problemsOf(raw: RawSettings): readonly string[] {
    try {
        parseSettings(raw);
    } catch (error) {
        if (error instanceof SettingsError) return error.problems;
        throw error;
    }
    return [];
}

describe("the deadline of the secret sync", () => {
    const of = (deadlineSeconds: number) => problemsOf(rawSettings({ apps: {}, secretSync: { deadlineSeconds } }));

    it("leaves its Vault token, which ends a minute later, the half hour that the policy allows", () => {
        expect(vaultTokenShort.remedy).contain("1800 seconds or less");
        expect(of(1740)).deep.equal([]);
        expect(of(1741)).deep.equal(["cicd:secretSync.deadlineSeconds: 1741 must have at most 1740 as its value"]);
    });
});
