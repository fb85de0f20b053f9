import { expect } from "chai";
import { longestPause, runDays } from "../../../config/runTimes.js";

const HOUR = 60;
const DAY = 24 * HOUR;
const YEAR = 366 * DAY;

describe("the longest pause between two runs of a schedule", () => {
    for (const [schedule, minutes] of [
        ["* * * * *", 1],
        ["*/15 * * * *", 15],
        ["7,22,40,52 * * * *", 18],
        ["0 * * * *", HOUR],
        ["0 */6 * * *", 6 * HOUR],
        ["0 2,3,17 * * *", 14 * HOUR],
        ["0 3 * * *", DAY],
        ["0 3 * * 0", 7 * DAY],
        ["*/20 8-18 * * 1-5", 2 * DAY + 13 * HOUR + 20],
        ["0 0 1 * *", 31 * DAY],
        ["0 0 31 * *", 61 * DAY],
        // A year's end lies in it.
        ["0 0 15 2,8 *", 184 * DAY],
        ["0 0 1 7 *", YEAR],
        ["0 0 1 3,12 *", 275 * DAY],
        ["0 0 29 2 *", YEAR],
        // Never.
        ["0 0 31 2 *", YEAR],
        // On the first of the month and on every Monday.
        ["0 0 1 * 1", 7 * DAY],
    ] as const) {
        it(`is ${minutes} minutes at ${schedule}`, () => {
            expect(longestPause(schedule)).equal(minutes);
        });
    }
});

describe("the days on which a schedule has runs", () => {
    it("are those of either field where both the day of the month and that of the week are given", () => {
        // 2024 began on a Monday.
        const days = (schedule: string) => runDays(schedule, Date.UTC(2024, 0, 1), 14);
        expect(days("0 0 * * *")).deep.equal(Array.from({ length: 14 }, (_, day) => day));
        expect(days("0 0 3 * *")).deep.equal([2]);
        expect(days("0 0 * * 1")).deep.equal([0, 7]);
        expect(days("0 0 3 * 1")).deep.equal([0, 2, 7]);
        expect(days("0 0 * 2 *")).deep.equal([]);
    });
});
