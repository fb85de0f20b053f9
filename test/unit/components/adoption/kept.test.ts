import { expect } from "chai";
import { isKeptBy, keptBy } from "../../../../components/adoption/kept.js";

describe("what a stack leaves when it is destroyed", () => {
    it("is known as its own by a later life of the same stack, and by no other one", () => {
        const live = { metadata: { name: "pull", annotations: { ...keptBy("prod"), other: "x" } } };
        expect(isKeptBy("prod", live)).equal(true);
        expect(isKeptBy("home", live)).equal(false);
    });

    it("is told from what bears no mark, or has no place for one", () => {
        expect(isKeptBy("prod", { metadata: { name: "pull" } })).equal(false);
        expect(isKeptBy("prod", { name: "WOODPECKER_URL", value: "x" })).equal(false);
    });
});
