import { expect } from "chai";
import { shown } from "../../../../jobs/drift/audit/shown.js";
import type { StackResult } from "../../../../jobs/drift/finding.js";
import { htmlOf } from "../../../../jobs/drift/report/html.js";
import { markdownOf } from "../../../../jobs/drift/report/markdown.js";
import { gaugesOf } from "../../../../jobs/drift/report/metrics.js";
import { messageOf } from "../../../../jobs/drift/report/slack.js";
import { exitCodeOf } from "../../../../jobs/drift/report/summary.js";
import { driftSettings } from "../../../../jobs/drift/settings.js";
import { aFinding, aResult, aRun, now } from "../../../support/drift/findings.js";

const many = Array.from({ length: 2000 }, (_, i) =>
    aFinding({ resource: `urn:${i}`, name: `ConfigMap web/c${i}`, cause: i % 2 ? "edited" : "undeclared" }),
);

describe("the report", () => {
    it("names each finding with its age, its cause and a command, in both forms", () => {
        const run = aRun([aResult({ findings: [aFinding()] })]);
        for (const text of [markdownOf(run), htmlOf(run)]) {
            for (const part of [
                "ConfigMap web/settings",
                "10 days ago",
                "behind the program",
                "pulumi up",
                "data.level",
            ]) {
                expect(text).to.include(part);
            }
        }
    });

    it("is one page that loads nothing and runs nothing, for light and dark and a phone", () => {
        const page = htmlOf(aRun([aResult({ findings: [aFinding()] })]));
        expect(page).not.to.match(/<script|<link|<img|src=|@import|url\(/);
        expect(page).to.include("default-src 'none'");
        expect(page).to.include("prefers-color-scheme: dark");
        expect(page).to.include('name="viewport" content="width=device-width');
    });

    it("cannot be written by what it reports", () => {
        const evil = "</code><script>alert(1)</script>` `` |";
        const page = htmlOf(
            aRun([aResult({ stack: evil, findings: [aFinding({ name: evil, stack: evil })], errors: [evil] })]),
        );
        expect(page).not.to.include("<script>");
    });

    it("says that it could not tell before it says that there is drift", () => {
        const broken = aResult({ state: "error", errors: ["no answer"], findings: [aFinding()] });
        expect(markdownOf(aRun([broken]))).to.include("could not be told, and drift");
        expect(exitCodeOf({ results: [broken], troubles: [] })).to.equal(1);
        expect(exitCodeOf({ results: [aResult({ findings: [aFinding()] })], troubles: [] })).to.equal(7);
        expect(exitCodeOf({ results: [aResult()], troubles: [] })).to.equal(0);
        expect(exitCodeOf({ results: [aResult()], troubles: ["Slack was not told"] })).to.equal(1);
        expect(exitCodeOf({ results: [], troubles: [] })).to.equal(1);
    });

    it("stays readable with 2000 findings, and so does the one message", () => {
        const run = aRun([aResult({ findings: many })]);
        expect(markdownOf(run).length).to.be.below(500_000);
        expect(htmlOf(run)).to.include("c1999");
        const message = messageOf({ news: run.news, results: run.results, history: run.history, now });
        expect(message.length).to.be.below(3600);
        expect(message).to.include("New drift (2000)").and.include("there without being declared: 1000");
    });

    it("mentions nobody in the message", () => {
        const run = aRun([aResult({ findings: [aFinding({ name: "<!channel> & <@U1>" })] })]);
        const message = messageOf({ news: run.news, results: run.results, history: run.history, now });
        expect(message).to.include("&lt;!channel&gt; &amp; &lt;@U1&gt;");
    });

    it("masks what its name says to be secret", () => {
        expect(shown("x", "data.apiToken")).to.equal("[secret]");
        expect(shown({ env: [{ name: "DB_PASSWORD", value: "p" }] }, "spec")).not.to.include('"p"');
        expect(shown({ "4dabf18193072939515e22adb298388d": "1", ciphertext: "c" }, "x")).not.to.include('"c"');
        expect(shown("a".repeat(500), "x")).to.have.lengthOf(201);
    });
});

describe("the metrics", () => {
    const value = (name: string, results: readonly StackResult[]) => {
        const { history } = aRun(results);
        return gaugesOf(results, history, now, 1).find((gauge) => gauge.name === name)?.samples;
    };
    const results = [
        aResult({ findings: [aFinding()] }),
        aResult({ stack: "b" }),
        aResult({ stack: "c", state: "error", errors: ["x"] }),
    ];

    it("have the names and meanings in use", () => {
        expect(value("drift_stack_state", results)?.map((sample) => sample.value)).to.deep.equal([1, 0, 2]);
        expect(value("drift_stack_first_seen", results)).to.deep.equal([{ labels: { stack: "prod" }, value: 0 }]);
        expect(value("drift_stack_age_hours", results)?.map((sample) => sample.value)).to.deep.equal([240, 0, 0]);
        for (const name of ["drift_stack_count", "drift_error_count", "drift_clean_count"]) {
            expect(value(name, results)).to.deep.equal([{ value: 1 }]);
        }
        expect(value("drift_detection_last_run_timestamp", results)).to.deep.equal([{ value: now }]);
    });
});

describe("a run without a history", () => {
    const run = { ...aRun([aResult({ findings: [aFinding()] })]), history: undefined };

    it("says no age, for those that the gateway has are truer", () => {
        const names = gaugesOf(run.results, undefined, now, 1).map(({ name }) => name);
        expect(names).to.include("drift_stack_state").and.not.include.members(["drift_stack_first_seen"]);
        expect(names).to.not.include("drift_stack_age_hours");
        for (const report of [markdownOf(run), htmlOf(run)]) expect(report).to.include("at a time that is not known");
    });
});

describe("the settings", () => {
    it("name every problem at once, and no secret", () => {
        expect(() => driftSettings([], {})).to.throw(/name at least one stack/);
        const wrong = {
            STACKS: "prod",
            HISTORY: "configmap:x",
            SLACK_WEBHOOK: "hooks/T0/s3cret",
            DEADLINE_SECONDS: "1",
        };
        expect(() => driftSettings([], wrong)).to.throw(/HISTORY[\s\S]*SLACK_WEBHOOK|SLACK_WEBHOOK[\s\S]*HISTORY/);
        expect(() => driftSettings([], wrong)).not.to.throw(/s3cret/);
    });

    it("take the place of the history as a ConfigMap or a file", () => {
        const place = (HISTORY?: string) => driftSettings([], { STACKS: "a b", HISTORY }).history;
        expect(place("configmap:monitoring/cicd-drift-history")).to.deep.equal({
            namespace: "monitoring",
            name: "cicd-drift-history",
        });
        expect(place()).to.deep.equal({ file: "drift-history.json" });
    });
});
