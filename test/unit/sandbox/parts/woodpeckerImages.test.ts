import { expect } from "chai";
import { localImages } from "../../../../sandbox/parts/woodpecker/images.js";

describe("the images of steps that a real agent runs as processes", () => {
    const named = (declared?: unknown) => Object.fromEntries(localImages(declared).map(({ key, name }) => [key, name]));

    it("have names that can be looked up on PATH, and that the settings take", () => {
        for (const name of Object.values(named())) expect(name).to.match(/^[\w.-]+:[\w.-]+$/);
    });

    it("are those that the stack declares", () => {
        const kubectl = `registry.test:5000/tools/kubectl:1.34@sha256:${"a".repeat(64)}`;
        expect(named({ kubectl, slack: "curl:8" })).to.include({ kubectl: "kubectl:1.34", slack: "curl:8" });
    });
});
