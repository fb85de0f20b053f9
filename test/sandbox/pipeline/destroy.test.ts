import { expect } from "chai";
import { listing } from "../../support/servers.js";
import { demandSuccess, stack } from "../../support/stack.js";

describe("destroy", function () {
    this.timeout("4m");

    before(async () => {
        await stack.select();
        demandSuccess(await stack.destroy());
    });

    it("leaves each server as it was before up", async () => {
        const found = await listing();
        demandSuccess(await stack.up());
        const declared = await listing();
        for (const what of ["github acme/website files", "vault policies", "website Roles", "woodpecker acme/shop"]) {
            expect(declared[what]).not.to.deep.equal(found[what], what);
        }
        demandSuccess(await stack.destroy());
        expect(await listing()).to.deep.equal(found);
    });
});
