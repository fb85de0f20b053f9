import { expect } from "chai";
import { driftAlertRules } from "../../../../components/drift/driftAlertRules.js";
import type { StackResult } from "../../../../jobs/drift/finding.js";
import { advance, emptyHistory, type History } from "../../../../jobs/drift/history/history.js";
import { gaugesOf } from "../../../../jobs/drift/report/metrics.js";
import { aFinding, aResult } from "../../../support/drift/findings.js";
import { firing, type Series } from "../../../support/promtool.js";

const rules = driftAlertRules({ staleAfterSeconds: 93_600 });
const NIGHT = 1440;

/** What the gateway shows, minute by minute, of one run a night. */
function series(nights: readonly StackResult[][]): Series[] {
    let history: History = emptyHistory;
    const pushed = nights.map((results, night) => {
        const now = night * NIGHT * 60;
        history = advance(history, results, now);
        return gaugesOf(results, history, now, 1);
    });
    const all = new Map<string, string[]>();
    pushed.forEach((gauges, night) => {
        for (const { name, samples } of gauges) {
            for (const { labels = {}, value } of samples) {
                const own = Object.entries(labels).map(([key, text]) => `,${key}="${text}"`);
                const key = `${name}{job="drift-detection",instance=""${own.join("")}}`;
                const values = all.get(key) ?? nights.map(() => `_x${NIGHT - 1}`);
                // The gateway keeps a value until the next push replaces the group.
                values[night] = `${value}x${NIGHT - 1}`;
                all.set(key, values);
            }
        }
    });
    return [...all].map(([key, values]) => ({ series: key, values: values.join(" ") }));
}

const clean = [aResult()];
const drifted = [aResult({ findings: [aFinding()] })];
const broken = [aResult({ state: "error", errors: ["killed"] })];
const at = (nights: readonly StackResult[][], hour: number) => firing(rules, series(nights), hour * 60);

describe("the alert rules of drift detection, by promtool", function () {
    this.timeout(120_000);

    it("are silent when there is no drift", () => {
        expect(at([clean, clean, clean], 60)).to.deep.equal([]);
    });

    it("fire for one finding that stands for 72 hours across runs", () => {
        const nights = [clean, drifted, drifted, drifted, drifted, drifted];
        expect(at(nights, 24 + 71)).to.deep.equal([]);
        expect(at(nights, 24 + 74)).to.deep.equal(["DriftUnaddressed"]);
    });

    it("fire for it also when a night in between could not tell", () => {
        const nights = [drifted, broken, drifted, drifted, drifted];
        expect(at(nights, 74)).to.deep.equal(["DriftUnaddressed"]);
    });

    it("end when it is mended", () => {
        expect(at([drifted, drifted, drifted, drifted, clean, clean], 100)).to.deep.equal([]);
    });

    it("fire for a stack that cannot be looked at, and not for drift", () => {
        expect(at([clean, broken], 25)).to.deep.equal([]);
        expect(at([clean, broken], 27)).to.deep.equal(["DriftStackErrored"]);
    });

    it("fire when many stacks drift at once", () => {
        const many = Array.from({ length: 11 }, (_, i) => {
            const stack = `stack-${i}`;
            return aResult({ stack, findings: [aFinding({ stack })] });
        });
        expect(at([many], 2)).to.deep.equal(["DriftStacksMany"]);
    });

    it("fire when nobody looks any more, and when there are no metrics", () => {
        const nights = series([clean, clean, clean]).map((each) =>
            each.series.includes("last_run") ? { ...each, values: `0x${3 * NIGHT}` } : each,
        );
        expect(firing(rules, nights, 25 * 60)).to.deep.equal([]);
        expect(firing(rules, nights, 27 * 60)).to.deep.equal(["DriftDetectionStale"]);
        expect(firing(rules, [], 60)).to.deep.equal(["DriftDetectionAbsent"]);
    });

    it("fire when the gateway refuses the metrics", () => {
        const labels = '{job="drift-detection",instance=""}';
        const refused = [
            { series: `push_time_seconds${labels}`, values: "0x200" },
            { series: `push_failure_time_seconds${labels}`, values: "60x200" },
        ];
        expect(firing(rules, [...series([clean]), ...refused], 60)).to.deep.equal(["DriftPushFailing"]);
    });
});
