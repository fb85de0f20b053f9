import { expect } from "chai";
import { syncAlertRules } from "../../../../components/woodpecker/syncAlertRules.js";
import { firing, type Series } from "../../../support/promtool.js";

const labels = 'job="secret-sync",instance="vault"';
const MINUTES = 1500;
/** Fourteen hours: two runs and a little. */
const rules = syncAlertRules({ instance: "vault", staleAfterSeconds: 50_400 });

/** A gauge that is set at each run, every six hours. @param value of the run at a minute; none: it has no such series */
function pushed(name: string, value: (minute: number) => number | undefined): Series {
    const values = Array.from({ length: MINUTES }, (_, minute) => value(minute - (minute % 360)) ?? "_");
    return { series: `${name}{${labels}}`, values: values.join(" ") };
}

const atRun = (minute: number) => minute * 60;
const always = (value: number) => () => value;
const healthy: Readonly<Record<string, Series>> = {
    lastSuccess: pushed("secret_sync_last_success_timestamp_seconds", atRun),
    success: pushed("secret_sync_success", always(1)),
    pushTime: pushed("push_time_seconds", atRun),
    pushFailure: pushed("push_failure_time_seconds", always(0)),
};
const at = (minute: number, changes: Readonly<Record<string, Series>> = {}) =>
    firing(rules, Object.values({ ...healthy, ...changes }), minute);

describe("the alert rules of the secret sync, by promtool", function () {
    this.timeout(60_000);

    it("are silent while the sync works", () => {
        for (const minute of [1, 359, 720, 1400]) expect(at(minute)).to.deep.equal([]);
    });

    it("fire when a run fails, and end when the next one does not", () => {
        const success = pushed("secret_sync_success", (minute) => (minute === 360 ? 0 : 1));
        const lastSuccess = pushed("secret_sync_last_success_timestamp_seconds", (minute) =>
            minute === 360 ? 0 : atRun(minute),
        );
        expect(at(370, { success, lastSuccess })).to.deep.equal(["SecretSyncFailing"]);
        expect(at(730, { success, lastSuccess })).to.deep.equal([]);
    });

    it("fire when the sync no longer runs", () => {
        const lastSuccess = pushed("secret_sync_last_success_timestamp_seconds", always(0));
        expect(at(830, { lastSuccess })).to.deep.equal([]);
        expect(at(850, { lastSuccess })).to.deep.equal(["SecretSyncStale"]);
    });

    it("fire when it never succeeded or its metrics are gone", () => {
        const lastSuccess = pushed("secret_sync_last_success_timestamp_seconds", () => undefined);
        expect(at(40, { lastSuccess })).to.deep.equal(["SecretSyncAbsent"]);
        expect(firing(rules, [], 40)).to.deep.equal(["SecretSyncAbsent"]);
    });

    it("fire when the Pushgateway refuses what it is given", () => {
        const pushFailure = pushed("push_failure_time_seconds", (minute) => atRun(minute) + 1);
        expect(at(10, { pushFailure })).to.deep.equal(["SecretSyncPushFailing"]);
    });

    it("do not speak of another instance", () => {
        expect(
            firing(syncAlertRules({ instance: "other", staleAfterSeconds: 60 }), Object.values(healthy), 720),
        ).to.deep.equal(["SecretSyncAbsent"]);
    });
});
