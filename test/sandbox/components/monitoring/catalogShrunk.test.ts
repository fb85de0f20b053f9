import { expect } from "chai";
import { alertRules } from "../../../../components/monitoring/alertRules.js";
import { firing, type Series } from "../../../support/promtool.js";

const MINUTES = 1200;
/** From here on there is another number of shards. */
const CHANGE = 600;
const labels = 'job="registry-integrity-probe",instance="r"';

/** Of a shard that has always been, or began or ended to be: what the Pushgateway holds under its labels. */
function shard(index: number, held: (minute: number) => number | undefined): Series[] {
    const own = `{${labels},shard="${index}"}`;
    const series = (name: string, value: (minute: number) => number) => ({
        series: `${name}${own}`,
        values: Array.from({ length: MINUTES }, (_, minute) => (held(minute) === undefined ? "_" : value(minute))).join(
            " ",
        ),
    });
    return [
        series("registry_manifest_integrity_repos_checked", (minute) => held(minute) ?? 0),
        series("registry_manifest_integrity_complete", () => 1),
        series("registry_integrity_last_success_timestamp_seconds", (minute) => minute * 60),
    ];
}

interface Change {
    readonly from: number;
    readonly to: number;
    /** All repositories from then on; 120 before. */
    readonly left?: number;
    /** When a shard of the new number comes to its first end. */
    readonly firstEnd?: (index: number) => number;
}

/** The alerts at a minute, where what the Pushgateway holds of a shard stands until the shard pushes again. */
function at(minute: number, { from, to, left = 120, firstEnd = () => CHANGE }: Change): string[] {
    const series = Array.from({ length: Math.max(from, to) }, (_, index) =>
        shard(index, (each) => {
            if (index < to && each >= firstEnd(index)) return left / to;
            return index < from ? 120 / from : undefined;
        }),
    );
    const probe = { instance: "r", staleAfterSeconds: 3600, blobs: "sample", schedule: "*/15 * * * *" } as const;
    return firing(alertRules({ ...probe, shards: to }), series.flat(), minute);
}

describe("the alert on a catalog that shrank, by promtool, at another number of shards", function () {
    this.timeout(30_000);

    it("is silent where all repositories are there, however many shards they are spread over", () => {
        expect(at(900, { from: 2, to: 4 })).to.deep.equal([]);
        expect(at(900, { from: 4, to: 2 })).to.deep.equal([]);
    });

    it("is silent where new shards come to an end before those that held more until then", () => {
        const change = { from: 2, to: 4, firstEnd: (index: number) => (index < 2 ? CHANGE + 12 : CHANGE) };
        for (const minute of [640, 900]) expect(at(minute, change)).to.deep.equal([]);
    });

    it("fires where repositories have gone with it", () => {
        expect(at(640, { from: 2, to: 4, left: 60 })).to.deep.equal(["RegistryCatalogShrunk"]);
    });
});
