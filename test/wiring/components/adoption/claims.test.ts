import { expect } from "chai";
import type { Resource } from "../../../../policies/lib/resource.js";
import { declaredResources } from "../../../support/declared.js";

/** What is no object of its own on a server: parts of somebody else's object, commands, looks. */
const unclaimed = [/^pulumi:/, /^cicd:/, /^kubernetes:.*Patch$/, /^command:/, /^host:/];

for (const stack of ["sandbox", "prod"]) {
    describe(`the claims of stack ${stack}`, function () {
        this.timeout(60_000);
        let declared: Resource[];
        before(async () => {
            declared = await declaredResources(stack);
        });
        const ofType = (type: string) => declared.filter((resource) => resource.type === type);

        it("name every object that the program makes on a server, once", () => {
            const written = ofType("pulumi:index:Stash")[0]?.properties.input as string[];
            const claims = written.filter((text) => !text.startsWith("needs "));
            const objects = declared.filter(({ type }) => !unclaimed.some((pattern) => pattern.test(type)));
            expect(claims).to.have.lengthOf(objects.length);
            expect(new Set(claims).size).to.equal(claims.length);
            expect(claims.filter((text) => text.includes("undefined") || text.includes("[object"))).to.deep.equal([]);
            expect(claims).to.deep.equal([...claims].sort());
        });

        it("let every provider write over what is claimed, and leave what was adopted when it is destroyed", () => {
            for (const { properties } of ofType("github:index/repositoryFile:RepositoryFile"))
                expect(properties.overwriteOnCreate).to.equal(true);
            for (const type of ["Repository", "RepositorySecret", "Cron"])
                for (const { properties } of ofType(`woodpecker:index:${type}`)) {
                    expect(properties.adopt).to.equal(true);
                    expect(properties.reclaim).to.equal(undefined);
                    expect(properties.deletion).to.equal(undefined);
                }
            const [kubernetes] = ofType("pulumi:providers:kubernetes");
            expect(kubernetes?.properties).to.include({ upsertExistingObjects: "true" });
        });

        it("say nothing of a deletion without adopt either: what was adopted once would go with it", async () => {
            const own = await declaredResources(stack, { adopt: false });
            for (const type of ["Repository", "RepositorySecret", "Cron"]) {
                const made = own.filter((resource) => resource.type === `woodpecker:index:${type}`);
                expect(made, type).to.have.lengthOf(ofType(`woodpecker:index:${type}`).length);
                for (const { properties } of made) {
                    expect(properties.reclaim).to.equal(true);
                    expect(properties.adopt).to.equal(undefined);
                    expect(properties.deletion).to.equal(undefined);
                }
            }
        });
    });
}
