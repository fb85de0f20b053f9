import { expect } from "chai";
import type { Document } from "yaml";
import { type Outcome, stack } from "../../support/stack.js";
import { StackFiles } from "../../support/stackFiles.js";

/** What each wrong line of the stack file has to say. */
const wrong = [
    { path: ["cicd:apps", "website", "sha"], value: "A1B2C3D", says: 'cicd:apps.website.sha: "A1B2C3D"' },
    { path: ["cicd:apps", "shop", "imagess"], value: [], says: "imagess" },
    { path: ["cicd:woodpecker", "url"], value: "not a url", says: "cicd:woodpecker.url" },
    { path: ["cicd:apps", "travel-blog", "build"], value: "jenkins", says: "cicd:apps.travel-blog.build" },
] as const;

describe("a stack file with errors", function () {
    this.timeout("1m");
    const files = new StackFiles();

    before(() => stack.select());
    after(() => files.remove());

    it("is refused as a whole: every error in one message, nothing registered, no stack trace", async () => {
        const { code, output } = await previewWith((document) => {
            for (const { path, value } of wrong) document.setIn(["config", ...path], value);
        });
        expect(code).not.to.equal(0);
        for (const { says } of wrong) expect(output).to.include(says);
        expect(output).not.to.match(/^\s+at .*:\d+:\d+/m);
        expect(output).not.to.include("cicd:app:AppPipeline");
    });

    it("says which block an application needs when that block is left out", async () => {
        const { code, output } = await previewWith((document) => document.deleteIn(["config", "cicd:vault"]));
        expect(code).not.to.equal(0);
        expect(output).to.include("cicd:vault");
        expect(output).not.to.match(/^\s+at .*:\d+:\d+/m);
    });

    async function previewWith(change: (document: Document) => void): Promise<Outcome> {
        return stack.preview("--config-file", files.changed(change));
    }
});
