import { expect } from "chai";
import { checks } from "../../policies/checks/index.js";
import type { Resource } from "../../policies/lib/resource.js";
import { judge } from "../../policies/pack.js";
import { declaredResources } from "../support/declared.js";

for (const stack of ["sandbox", "prod"]) {
    describe(`the policies on all that stack ${stack} declares`, function () {
        this.timeout(60_000);
        let resources: Resource[];
        before(async () => {
            resources = await declaredResources(stack);
        });

        it("have something to look at", () => {
            expect(resources.map(({ type }) => type)).to.include.members([
                "github:index/repositoryFile:RepositoryFile",
                "vault:index/policy:Policy",
                "woodpecker:index:RepositorySecret",
            ]);
        });

        for (const check of checks) {
            it(`${check.name}: finds nothing`, () => {
                const found = resources.flatMap((resource) =>
                    judge(check, resource).map(({ message }) => `${resource.name}: ${message}`),
                );
                expect(found).to.deep.equal([]);
            });
        }
    });
}
