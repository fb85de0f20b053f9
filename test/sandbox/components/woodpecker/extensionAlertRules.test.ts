import { expect } from "chai";
import { extensionAlertRules } from "../../../../components/woodpecker/extensionAlertRules.js";
import { firing, type Series } from "../../../support/promtool.js";

const MINUTES = 230;
/** Two hours and a half. */
const rules = extensionAlertRules({ instance: "vault", staleAfterSeconds: 9000 });

/** @param value at a minute; none: there is no such series then */
function series(name: string, labels: string, value: (minute: number) => number | undefined): Series {
    const values = Array.from({ length: MINUTES }, (_, minute) => value(minute) ?? "_");
    return { series: `${name}{extension="vault",${labels}}`, values: values.join(" ") };
}

const every = (minutes: number) => (minute: number) => Math.floor(minute / minutes);
const always = (value: number) => () => value;
const requests = (pod: string, outcome: string, value: (minute: number) => number | undefined) =>
    series("secret_extension_requests_total", `pod="${pod}",outcome="${outcome}"`, value);

/** Two pods that are asked in turn, and a server that makes a pipeline every ten minutes. */
const healthy: Readonly<Record<string, Series>> = {
    readyA: series("secret_extension_ready", 'pod="a"', always(1)),
    readyB: series("secret_extension_ready", 'pod="b"', always(1)),
    checkA: series("secret_extension_check_success", 'pod="a"', always(1)),
    checkB: series("secret_extension_check_success", 'pod="b"', always(1)),
    servedA: requests("a", "served", every(10)),
    servedB: requests("b", "served", always(0)),
    incomplete: requests("a", "incomplete", always(0)),
    rejected: requests("a", "rejected", always(0)),
    pipelines: {
        series: "woodpecker_pipeline_total_count",
        values: Array.from({ length: MINUTES }, (_, m) => every(10)(m)).join(" "),
    },
};
const at = (minute: number, changes: Readonly<Record<string, Series>> = {}) =>
    firing(rules, Object.values({ ...healthy, ...changes }), minute);
const until = (end: number, value: (minute: number) => number) => (minute: number) =>
    minute < end ? value(minute) : undefined;

describe("the alert rules of the secret extension, by promtool", function () {
    this.timeout(60_000);

    it("are silent while it is asked and answers, and from its first minute on", () => {
        for (const minute of [2, 90, 220]) expect(at(minute)).to.deep.equal([]);
    });

    it("stay silent while one of two pods is away, and fire when both are", () => {
        const readyA = series("secret_extension_ready", 'pod="a"', until(100, always(1)));
        const readyB = series("secret_extension_ready", 'pod="b"', until(100, always(1)));
        expect(at(120, { readyA })).to.deep.equal([]);
        expect(at(120, { readyA, readyB })).to.deep.equal(["SecretExtensionDown"]);
        const notReady = { readyA: series("secret_extension_ready", 'pod="a"', always(0)), readyB };
        expect(at(120, notReady)).to.deep.equal(["SecretExtensionDown"]);
        expect(firing(rules, [], 10)).to.deep.equal(["SecretExtensionDown"]);
    });

    it("fire when pipelines are made and nobody asks", () => {
        const servedA = requests("a", "served", (minute) => Math.floor(Math.min(minute, 100) / 10));
        expect(at(120, { servedA })).to.deep.equal([]);
        expect(at(180, { servedA })).to.deep.equal(["SecretExtensionBypassed"]);
        // Nothing to do is no fault.
        const pipelines = { series: "woodpecker_pipeline_total_count", values: Array(MINUTES).fill(5).join(" ") };
        expect(at(180, { servedA, pipelines })).to.deep.equal([]);
    });

    it("fire without Woodpecker's metrics when nobody asks for long, other pods or not", () => {
        const { pipelines: _, ...known } = healthy;
        const gone = {
            ...known,
            servedA: requests("a", "served", until(50, every(10))),
            servedB: requests("b", "served", always(0)),
            incomplete: requests("b", "incomplete", always(0)),
            rejected: requests("b", "rejected", always(0)),
        };
        expect(firing(rules, Object.values(gone), 180)).to.deep.equal([]);
        expect(firing(rules, Object.values(gone), 215)).to.deep.equal(["SecretExtensionNotAsked"]);
    });

    it("fire at once when a pipeline got less than it should, and end", () => {
        const incomplete = requests("a", "incomplete", (minute) => Number(minute >= 100));
        expect(at(101, { incomplete })).to.deep.equal(["SecretExtensionIncomplete"]);
        expect(at(120, { incomplete })).to.deep.equal([]);
    });

    it("fire when Vault cannot be read, though nobody asks", () => {
        const failing = { checkA: series("secret_extension_check_success", 'pod="a"', always(0)) };
        expect(at(60, failing)).to.deep.equal([]);
        const both = { ...failing, checkB: series("secret_extension_check_success", 'pod="b"', always(0)) };
        expect(at(60, both)).to.deep.equal(["SecretExtensionFailing"]);
    });

    it("fire when somebody asks who is not the server", () => {
        const rejected = requests("a", "rejected", (minute) => Number(minute >= 100));
        expect(at(102, { rejected })).to.deep.equal(["SecretExtensionRejecting"]);
    });

    it("do not speak of another extension", () => {
        const other = extensionAlertRules({ instance: "other", staleAfterSeconds: 300 });
        expect(firing(other, Object.values(healthy), 200)).to.deep.equal(["SecretExtensionDown"]);
    });
});
