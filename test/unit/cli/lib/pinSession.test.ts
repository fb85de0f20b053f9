import { expect } from "chai";
import { openPins } from "../../../../cli/lib/pinSession.js";
import type { Session } from "../../../../cli/lib/session.js";
import { parseSettings } from "../../../../config/parse.js";

describe("a command about images", () => {
    it("names the key that a stack without applications lacks", async () => {
        const settings = parseSettings({ integrityProbe: { registryUrl: "https://registry.example.org" } });
        const session = { stack: async () => ({ name: "probe", file: "Pulumi.probe.yaml", settings }) };
        const error = await openPins(session as unknown as Session).catch((thrown: unknown) => thrown);
        expect(String(error)).equal("PlainError: Stack probe has no applications; they are declared in cicd:apps");
    });
});
