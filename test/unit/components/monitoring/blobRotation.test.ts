import { expect } from "chai";
import { blobRotation, runMinutes, runsSpan } from "../../../../components/monitoring/blobRotation.js";
import { inSample } from "../../../../jobs/integrity-probe/rotation.js";

const HOUR = 60;
const DAY = 24 * HOUR;

describe("the rotation of the probe through the blobs", () => {
    for (const [schedule, minutes] of [
        ["*/15 * * * *", 23 * 15 + 15],
        ["7,22,37,52 * * * *", 23 * 15 + 15],
        ["* * * * *", 23 + 1],
        ["0 * * * *", 23 * HOUR + HOUR],
        ["30 */6 * * *", 23 * 6 * HOUR + 6 * HOUR],
        ["0 3 * * *", 23 * DAY + DAY],
        ["0 3 * * 0", 23 * 7 * DAY + 7 * DAY],
    ] as const) {
        it(`takes 23 runs and one at ${schedule}`, () => {
            expect(blobRotation(schedule)).to.equal(minutes);
        });
    }

    for (const schedule of ["*/7 * * * *", "0,1 * * * *", "*/20 8-18 * * 1-5", "13 2,3,17 1-20 * *"]) {
        it(`sees each blob in as long, whenever it begins: ${schedule}`, () => {
            const runs = runMinutes(schedule);
            // 2024 began with this minute
            const first = Date.UTC(2024, 0, 1) / 60_000;
            const rotation = blobRotation(schedule);
            for (let part = 0; part < 23; part++) {
                const digest = `sha256:${part.toString(16).padStart(8, "0")}`;
                const looks = runs.filter((minute) => inSample(digest, first + minute));
                for (const [index, look] of looks.entries()) {
                    expect((looks[index + 1] ?? look) - look).to.be.lessThan(rotation);
                }
                expect(looks.length).to.be.greaterThan(2);
            }
        });
    }

    it("reads every kind of field as cron does", () => {
        const days = (schedule: string) => new Set(runMinutes(schedule).map((minute) => Math.floor(minute / DAY))).size;
        expect(runMinutes("5-59/15 1-3,22 1 1 *").map((minute) => minute % HOUR)).to.deep.equal(
            [1, 2, 3, 22].flatMap(() => [5, 20, 35, 50]),
        );
        expect(runMinutes("50/5 0 1 1 *")).to.deep.equal([50, 55]);
        expect(days("0 0 29 2 *")).to.equal(1);
        expect(days("0 0 * * 1")).to.equal(53);
        // on the first of the month and on every Monday, which was the first of January, April and July of 2024
        expect(days("0 0 1 * 1")).to.equal(53 + 12 - 3);
        expect(days("0 0 31 2 *")).to.equal(0);
    });

    it("knows how long some runs in a row take, where they are not evenly spread", () => {
        expect(runsSpan("*/15 * * * *", 4)).to.equal(HOUR);
        expect(runsSpan("0 3 * * *", 4)).to.equal(4 * DAY);
        expect(runsSpan("*/20 8-18 * * 1-5", 4)).to.equal(2 * DAY + 14 * HOUR + 20);
    });
});
