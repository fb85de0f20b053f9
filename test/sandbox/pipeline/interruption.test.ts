import { expect } from "chai";
import { listing } from "../../support/servers.js";
import { demandSuccess, exit, stack } from "../../support/stack.js";

const rounds = 2;
const killsInARound = 10;
/** From the first process to the first resource; earlier kills interrupt nothing. */
const startMilliseconds = 1500;
/** Short, so that many kills fall into the time in which things are made. */
const spreadMilliseconds = 2500;

describe("an `up` that is killed", function () {
    this.timeout("20m");

    before(async () => {
        await stack.select();
        demandSuccess(await stack.destroy());
    });

    it(`converges to the same state, killed at ${rounds * killsInARound} random points, and leaves nothing behind after destroy`, async () => {
        const empty = await listing();
        demandSuccess(await stack.up());
        const declared = await listing();
        for (let round = 0; round < rounds; round++) {
            demandSuccess(await stack.destroy());
            for (let kill = 0; kill < killsInARound; kill++) {
                await stack.upKilledAfter(startMilliseconds + Math.random() * spreadMilliseconds);
                await stack.cancel();
            }
            demandSuccess(await stack.up("--refresh", "--run-program"));
            expect(await listing()).to.deep.equal(declared);
            const { code, output } = await stack.preview();
            expect(code, output).to.equal(exit.clean);
        }
        demandSuccess(await stack.destroy());
        expect(await listing()).to.deep.equal(empty);
    });
});
