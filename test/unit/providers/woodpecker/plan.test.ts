import { expect } from "chai";
import fc from "fast-check";
import { UNKNOWN, type Values } from "../../../../providers/lib/values.js";
import { fingerprint, matches } from "../../../../providers/woodpecker/plugin/fingerprint.js";
import {
    desiredSettings,
    FINGERPRINT,
    FOUND,
    planEntry,
    planRepository,
} from "../../../../providers/woodpecker/plugin/plan.js";
import { resourceTypes } from "../../../../providers/woodpecker/plugin/table.js";

const found = { existed: true, active: true, values: { timeout: 60, allowDeploy: false, netrcTrusted: [] } };
const live = {
    fullName: "acme/website",
    repositoryId: 7,
    active: true,
    timeout: 30,
    allowDeploy: true,
    [FOUND]: found,
};
const declared = { fullName: "acme/website", timeout: 30 };

const changed = (olds: Values, inputs: Values, news: Values) =>
    planRepository(olds, inputs, news).map(({ property, replaces }) => (replaces ? `${property}!` : property));

describe("plan of a Woodpecker repository", () => {
    const cases: [string, Values, Values, string[]][] = [
        ["nothing when all is as declared", {}, {}, []],
        ["a setting changed in the program", {}, { timeout: 45 }, ["timeout"]],
        ["a setting changed on the server", { timeout: 99 }, {}, ["timeout"]],
        ["a deactivated repository", { active: false }, {}, ["active"]],
        ["nothing for a setting that is not declared", { allowDeploy: false }, {}, []],
        ["a declared setting that was not declared before", {}, { allowDeploy: false }, ["allowDeploy"]],
        ["nothing for how to act", {}, { adopt: true, deletion: "remove", expectedId: 7 }, []],
        ["nothing for another case of the name", {}, { fullName: "Acme/Website" }, []],
        ["a replacement for another name", {}, { fullName: "acme/shop", timeout: 1 }, ["fullName!"]],
        ["nothing for the new name of a renamed one", { fullName: "acme/web" }, { fullName: "acme/web" }, []],
        ["a replacement while the name is unknown", {}, { fullName: UNKNOWN }, ["fullName!"]],
        ["a setting that is not known yet", {}, { timeout: UNKNOWN }, ["timeout"]],
    ];
    for (const [what, server, news, expected] of cases) {
        it(`shows ${what}`, () => {
            expect(changed({ ...live, ...server }, declared, { ...declared, ...news })).to.deep.equal(expected);
        });
    }

    it("puts a setting that is no longer declared back to what it was before", () => {
        const { timeout: _, ...news } = declared;
        expect(changed(live, declared, news)).to.deep.equal(["timeout"]);
        expect(desiredSettings(declared, news, found)).to.deep.equal({ timeout: 60 });
        expect(changed({ ...live, timeout: 60 }, declared, news), "already back").to.deep.equal([]);
    });

    it("takes lists as sets, as the server does", () => {
        const events = fc.uniqueArray(fc.constantFrom("push", "pull_request", "tag", "cron"));
        fc.assert(
            fc.property(events, events, (actual, wanted) => {
                const olds = { ...live, cancelPreviousPipelineEvents: actual };
                const news = { ...declared, cancelPreviousPipelineEvents: wanted };
                const equal = actual.length === wanted.length && actual.every((event) => wanted.includes(event));
                expect(changed(olds, declared, news)).to.have.lengthOf(equal ? 0 : 1);
            }),
        );
    });

    it("refuses an id other than the expected one, before anything else", () => {
        expect(() => changed({ ...live, timeout: 1 }, declared, { ...declared, expectedId: 8 })).to.throw(
            "[expectedId] 8 is configured for acme/website, but on the server it has the id 7. Nothing was changed.",
        );
    });
});

describe("plan of a Woodpecker secret, registry or cron", () => {
    const typeOf = (name: string) => {
        const type = resourceTypes.find((candidate) => candidate.name === name);
        if (type === undefined) throw new Error(name);
        return type;
    };
    const plan = (name: string, olds: Values, news: Values) =>
        planEntry(typeOf(name), olds, news).map(({ property, replaces }) => (replaces ? `${property}!` : property));

    const secret = { repositoryId: 7, name: "token", events: ["push", "manual"] };
    const stored = { ...secret, images: [], note: "", [FINGERPRINT]: fingerprint("hunter2") };
    const cron = { repositoryId: 7, name: "nightly", schedule: "0 3 * * *" };
    const scheduled = { ...cron, timezone: "UTC", branch: "", enabled: true, variables: {} };

    const cases: [string, string, Values, Values, string[]][] = [
        ["nothing for an unchanged secret", "RepositorySecret", stored, { ...secret, value: "hunter2" }, []],
        ["a changed value", "RepositorySecret", stored, { ...secret, value: "hunter3" }, ["value"]],
        ["an unknown value", "RepositorySecret", stored, { ...secret, value: UNKNOWN }, ["value"]],
        [
            "the value of an imported secret",
            "RepositorySecret",
            { ...stored, [FINGERPRINT]: undefined },
            { ...secret, value: "hunter2" },
            ["value"],
        ],
        [
            "events and note changed on the server",
            "RepositorySecret",
            { ...stored, events: ["push"], note: "by hand" },
            { ...secret, value: "hunter2" },
            ["events", "note"],
        ],
        [
            "a replacement in another repository",
            "RepositorySecret",
            stored,
            { ...secret, repositoryId: 8, value: "hunter2" },
            ["repositoryId!"],
        ],
        ["nothing for an unchanged cron", "Cron", scheduled, cron, []],
        ["a cron disabled on the server", "Cron", { ...scheduled, enabled: false }, cron, ["enabled"]],
        ["a branch that is no longer declared", "Cron", { ...scheduled, branch: "dev" }, cron, ["branch"]],
        ["changed variables", "Cron", scheduled, { ...cron, variables: { A: "1" } }, ["variables"]],
        [
            "a changed password",
            "GlobalRegistry",
            { address: "r:1", username: "u", [FINGERPRINT]: fingerprint("a") },
            { address: "r:1", username: "u", password: "b" },
            ["password"],
        ],
    ];
    for (const [what, name, olds, news, expected] of cases) {
        it(`shows ${what}`, () => expect(plan(name, olds, news)).to.deep.equal(expected));
    }
});

describe("the fingerprint of a secret value", () => {
    it("fits its value and no other, and does not show which values are equal", () => {
        fc.assert(
            fc.property(fc.string(), fc.string(), (a, b) => {
                const known = fingerprint(a);
                expect(matches(known, a)).to.equal(true);
                expect(matches(known, b)).to.equal(a === b);
                expect(fingerprint(a)).to.not.equal(known);
            }),
            { numRuns: 50 },
        );
    });
});
