import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import * as fc from "fast-check";
import type { StackResult } from "../../../../jobs/drift/finding.js";
import {
    advance,
    emptyHistory,
    firstSeen,
    type History,
    MAX_FINDINGS,
    openEntries,
    parseHistory,
} from "../../../../jobs/drift/history/history.js";
import { isNews, markTold, newsOf } from "../../../../jobs/drift/history/news.js";
import { FileStore, HistoryChanged } from "../../../../jobs/drift/history/store.js";
import { aFinding, aResult } from "../../../support/drift/findings.js";

const DAY = 86_400;
const WEEK = 7 * DAY;
const edited = aFinding();
const drifted = aResult({ findings: [edited] });
const clean = aResult();
const broken = aResult({ state: "error", errors: ["pulumi preview was killed"] });

/** Runs, one a day: what is remembered after the last, and what each had to tell. */
function nights(...runs: readonly StackResult[]) {
    let history: History = emptyHistory;
    const told = runs.map((result, day) => {
        history = advance(history, [result], day * DAY);
        const news = newsOf(history, day * DAY, WEEK);
        history = markTold(history, news, day * DAY);
        return news;
    });
    return { history, told };
}

describe("the history of drift", () => {
    it("keeps when a finding was first seen", () => {
        const { history } = nights(clean, drifted, drifted, drifted);
        expect(firstSeen(history, edited.id, 99 * DAY)).to.equal(DAY);
        expect(history.findings[edited.id]?.lastSeen).to.equal(3 * DAY);
    });

    it("keeps it through nights on which nothing could be looked at", () => {
        const { history, told } = nights(drifted, broken, broken, drifted);
        expect(firstSeen(history, edited.id, 99 * DAY)).to.equal(0);
        expect(told.flatMap(({ resolved }) => resolved)).to.deep.equal([]);
    });

    it("counts again from the start what was mended and came back", () => {
        const { history } = nights(drifted, clean, drifted);
        expect(firstSeen(history, edited.id, 99 * DAY)).to.equal(2 * DAY);
    });

    it("remembers the age of what was expected for a while", () => {
        const expected = aResult({ expected: [{ finding: edited, reason: "a trial" }] });
        const { history, told } = nights(expected, expected, drifted);
        expect(firstSeen(history, edited.id, 99 * DAY)).to.equal(0);
        expect(told.map(({ added }) => added.length)).to.deep.equal([0, 0, 1]);
        expect(openEntries(history, "prod")).to.have.lengthOf(1);
    });

    it("does not take for a finding what cannot be read", () => {
        const unread = aFinding({ cause: "unreadable", kind: "unreadable" });
        const { history } = nights(aResult({ state: "error", errors: ["no answer"], findings: [unread] }));
        expect(history.findings).to.deep.equal({});
    });

    it("forgets a stack that is no longer looked at", () => {
        const { history } = nights(drifted, aResult({ stack: "other" }));
        expect(history.findings).to.deep.equal({});
    });

    it("is bounded, and keeps the oldest", () => {
        const many = Array.from({ length: MAX_FINDINGS }, (_, i) => aFinding({ resource: `urn:${i}` }));
        const old = nights(drifted).history;
        const history = advance(old, [aResult({ findings: [edited, ...many] })], DAY);
        expect(Object.keys(history.findings)).to.have.lengthOf(MAX_FINDINGS);
        expect(history.findings[edited.id]?.firstSeen).to.equal(0);
    });

    it("never makes a finding younger while it stands, whatever the nights are like", () => {
        const night = fc.constantFrom(drifted, broken);
        fc.assert(
            fc.property(fc.array(night, { maxLength: 20 }), (runs) => {
                const { history } = nights(drifted, ...runs);
                expect(firstSeen(history, edited.id, 99 * DAY)).to.equal(0);
            }),
        );
    });
});

describe("the history after a run by hand", () => {
    const byHand = { isPartial: true, audit: true };
    const other = aResult({ stack: "other", findings: [aFinding({ stack: "other" })] });
    const audited = aFinding({ seenBy: "audit", kind: "extra" });
    const night = advance(emptyHistory, [aResult({ findings: [edited, audited] }), other], 0);
    const known = markTold(night, newsOf(night, 0, WEEK), 0);
    const { [edited.id]: engine, ...rest } = known.findings;

    it("holds what it held of stacks that were not looked at", () => {
        const next = advance(known, [aResult({ findings: [edited, audited] })], DAY, byHand);
        expect(next.stacks.other).to.deep.equal(known.stacks.other);
        expect(openEntries(next, "other")).to.deep.equal(openEntries(known, "other"));
    });

    it("holds what it held of the audit where only the engine looked", () => {
        const next = advance(known, [clean], DAY, { isPartial: true, audit: false });
        expect(next.findings).to.deep.equal({ ...rest, [edited.id]: { ...engine, resolved: DAY } });
    });

    it("leaves to the next night what is new and what is over", () => {
        const next = advance(known, [aResult({ findings: [audited] })], DAY, byHand);
        expect(newsOf(next, DAY, WEEK).resolved.map(({ id }) => id)).to.deep.equal([edited.id]);
    });
});

describe("news of drift", () => {
    it("are told once", () => {
        const { told } = nights(drifted, drifted, drifted);
        expect(told.map(isNews)).to.deep.equal([true, false, false]);
    });

    it("are told again when it gets worse, and when it is over", () => {
        const worse = aResult({ findings: [aFinding({ differences: [{ path: "a" }, { path: "b" }] })] });
        const { told, history } = nights(drifted, worse, worse, clean, clean);
        expect(told.map(({ worse, resolved }) => [worse.length, resolved.length])).to.deep.equal([
            [0, 0],
            [1, 0],
            [0, 0],
            [0, 1],
            [0, 0],
        ]);
        expect(history.findings).to.deep.equal({});
    });

    it("come as a reminder after a week", () => {
        const { told } = nights(...Array.from({ length: 9 }, () => drifted));
        expect(told.map(({ reminders }) => reminders.length)).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 1, 0]);
    });

    it("tell of an error once, and of its end", () => {
        const { told } = nights(broken, broken, drifted);
        expect(told.map(({ errors }) => errors)).to.deep.equal([["prod"], [], []]);
        expect(told.map(({ recovered }) => recovered)).to.deep.equal([[], [], ["prod"]]);
    });

    it("stay news until they were told", () => {
        const first = advance(emptyHistory, [drifted], 0);
        const second = advance(first, [clean], DAY);
        expect(newsOf(first, 0, WEEK).added).to.have.lengthOf(1);
        // nobody was told of it, so that nobody needs to hear that it is over
        expect(isNews(newsOf(second, DAY, WEEK))).to.equal(false);
        const told = advance(markTold(first, newsOf(first, 0, WEEK), 0), [clean], DAY);
        expect(newsOf(told, DAY, WEEK).resolved).to.have.lengthOf(1);
        expect(newsOf(advance(told, [clean], 2 * DAY), 2 * DAY, WEEK).resolved).to.have.lengthOf(1);
    });
});

describe("a history in a file", () => {
    let directory: string;
    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "history-"));
    });
    afterEach(() => rmSync(directory, { recursive: true }));

    it("is there again after it was saved, and leaves nothing beside it", async () => {
        const store = new FileStore(join(directory, "new", "history.json"));
        const { history, mark } = await store.load();
        expect(history).to.deep.equal(emptyHistory);
        const next = advance(history, [drifted], 7);
        await store.save(next, mark);
        expect((await store.load()).history).to.deep.equal(next);
        expect(readdirSync(join(directory, "new"))).to.deep.equal(["history.json"]);
    });

    it("is not overwritten when it cannot be read", async () => {
        const path = join(directory, "history.json");
        for (const garbage of ["{", '{"version":2}', ""]) {
            writeFileSync(path, garbage);
            const error = await new FileStore(path).load().then(String, String);
            expect(error).to.include(path);
            expect(readFileSync(path, "utf8")).to.equal(garbage);
        }
    });

    it("is not overwritten when another run wrote it meanwhile", async () => {
        const store = new FileStore(join(directory, "history.json"));
        const { mark } = await store.load();
        await store.save(advance(emptyHistory, [drifted], 7), mark);
        const error: unknown = await store.save(emptyHistory, mark).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(HistoryChanged);
    });

    it("holds what it held, whatever that is", () => {
        const { history } = nights(drifted, broken, drifted);
        expect(parseHistory(JSON.stringify(history), "here")).to.deep.equal(history);
    });
});
