import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { declaredResources } from "../../../support/declared.js";
import { root } from "../../../support/markdown.js";

describe("NodeMirrors", function () {
    this.timeout(60_000);

    it("has the push of a node under the URN by which the runbook forgets it", async () => {
        const declared = await declaredResources("sandbox");
        const typeOf = (name: string) => declared.find((resource) => resource.name === name)?.type;
        const chain = ["nodes", "nodes-sandbox", "nodes-sandbox-push"].map(typeOf);
        const urn = `urn:pulumi:prod::cicd-pipeline::${chain.join("$")}::nodes-node-b-push`;
        const runbook = readFileSync(join(root, "docs/runbooks/nodes.md"), "utf8");
        expect(runbook).to.include(`pulumi state delete --stack prod '${urn}'`);
    });
});
