import { StubWorld } from "./world.js";

/** What goes wrong no more, and how that is seen. */
export type Defect = readonly [string, (world: StubWorld) => Promise<void>];

/** @param defects by the number that they have in the list of the script's defects */
export function describeDefects(subject: string, defects: Readonly<Record<number, Defect>>): void {
    describe(`the defects of the script before: ${subject}`, function () {
        this.timeout(30_000);
        let world: StubWorld;
        beforeEach(async () => {
            world = await StubWorld.start();
        });
        afterEach(() => world.stop());

        for (const [number, [what, check]] of Object.entries(defects)) it(`${number}: ${what}`, () => check(world));
    });
}
