import { expect } from "chai";
import { listing } from "../../support/servers.js";
import { demandSuccess, exit, stack } from "../../support/stack.js";
import { StackFiles } from "../../support/stackFiles.js";

const kills = 20;
/** Creations that a killed `up` gets further than the one before; all in all the whole stack. */
const furthest = 6;
/** From its announcement on a creation takes so long; what it made is written down at its end. */
const creationMilliseconds = 60;

const seed = Number(process.env.KILL_SEED ?? Date.now() % 100_000);

describe("an `up` that is killed", function () {
    this.timeout("15m");
    const files = new StackFiles();
    after(() => files.remove());

    it(`goes on by itself, killed ${kills} times (KILL_SEED=${seed}), and leaves nothing behind after destroy`, async () => {
        // What it made before must not need to be adopted.
        const file = files.changed((document) => document.setIn(["config", "cicd:adopt"], false));
        const config = ["--config-file", file];
        const random = randomNumbers(seed);
        await stack.select();
        demandSuccess(await stack.up("--refresh", "--run-program", ...config));
        // A destroy would leave what another test had adopted.
        await stack.own();
        demandSuccess(await stack.destroy());
        const empty = await listing();
        for (let kill = 0; kill < kills; kill++) {
            const creations = 1 + Math.floor(random() * furthest);
            const killed = await stack.upKilledAfter(creations, random() * creationMilliseconds, ...config);
            expect(killed.code, killed.output).to.be.oneOf([null, 0]);
            if (killed.code === null) await stack.cancel();
        }
        demandSuccess(await stack.up(...config));
        const { code, output } = await stack.preview(...config);
        expect(code, output).to.equal(exit.clean);
        demandSuccess(await stack.destroy());
        expect(await listing()).to.deep.equal(empty);
    });
});

/** Mulberry32: the same numbers from 0 to 1 for the same seed. */
function randomNumbers(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}
