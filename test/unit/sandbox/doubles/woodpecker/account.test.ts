import { expect } from "chai";
import { serviceAccountIn } from "../../../../../sandbox/doubles/woodpecker/agent/account.js";

const deploy = "{name: deploy, backend_options: {kubernetes: {serviceAccountName: woodpecker-deployer}}}";

describe("the ServiceAccount that a step's file asks for", () => {
    it("is found in a list of steps and in a map of them", () => {
        expect(serviceAccountIn(`steps: [{name: other}, ${deploy}]`, "deploy")).to.equal("woodpecker-deployer");
        expect(serviceAccountIn(`steps: {deploy: ${deploy}}`, "deploy")).to.equal("woodpecker-deployer");
    });

    it("is none where the step names none, or is not there", () => {
        expect(serviceAccountIn(`steps: [{name: other}, ${deploy}]`, "other")).to.equal(undefined);
        expect(serviceAccountIn(`steps: [${deploy}]`, "clone")).to.equal(undefined);
        expect(serviceAccountIn("when: {event: manual}", "deploy")).to.equal(undefined);
    });
});
