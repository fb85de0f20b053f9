import { expect } from "chai";
import fc from "fast-check";
import { type MappingDocument, mapping } from "../../../../jobs/secret-sync/mapping.js";
import { type PlanInput, planOf } from "../../../../jobs/secret-sync/plan.js";
import { wishesOf } from "../../../../jobs/secret-sync/wanted.js";
import type { Secret } from "../../../../providers/woodpecker/client.js";

const owner = "test";

function wishes(
    data: Record<string, unknown>,
    {
        document = { entries: [{ path: "a" }] },
        version = 1,
    }: {
        document?: MappingDocument;
        version?: number;
    } = {},
) {
    const secrets = new Map([["a", { version, data: new Map(Object.entries(data)) }]]);
    return wishesOf({
        mapping: mapping.parse(document),
        mount: "secret",
        secrets,
        owner,
        fingerprintKey: "k".repeat(16),
    });
}

function plan(wished: ReturnType<typeof wishes>, secrets: readonly Secret[], changes: Partial<PlanInput> = {}) {
    const made = planOf({
        wishes: wished,
        states: [{ target: "global", secrets }],
        owner,
        pruneLimit: { count: 10 },
        ...changes,
    });
    const steps = made.steps.map((step) =>
        step.action === "prune" ? `prune ${step.name}` : `${step.action} ${step.wanted.name}: ${step.reason}`,
    );
    return { ...made, steps, problems: made.problems.map(({ name, reason }) => `${name}: ${reason}`) };
}

/** What Woodpecker lists once wishes were fulfilled. */
function fulfilled({ wanted }: ReturnType<typeof wishes>): Secret[] {
    return wanted.map((one, id) => ({
        id,
        name: one.name,
        events: [...one.events].sort(),
        images: [...one.images],
        note: one.noteAt(one.version),
    }));
}

const listed = (name: string, note = "", more: Partial<Secret> = {}): Secret => ({
    id: 1,
    name,
    events: ["push"],
    images: null,
    note,
    ...more,
});

describe("a plan", () => {
    it("creates what is missing and leaves alone what is as it should be", () => {
        const first = wishes({ one: "1", two: "2" });
        expect(plan(first, []).steps).to.deep.equal(["create one: version 1", "create two: version 1"]);
        expect(plan(first, fulfilled(first))).to.deep.include({ steps: [], problems: [], unchanged: 2 });
    });

    it("is empty once it is carried out, whatever the names and values", () => {
        const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 300, unit: "grapheme" }), { maxLength: 8 });
        const value = fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.jsonValue());
        fc.assert(
            fc.property(names, fc.array(value, { minLength: 8, maxLength: 8 }), fc.boolean(), (keys, values, json) => {
                const data = Object.fromEntries(keys.map((key, i) => [key, values[i]]));
                const wished = wishes(data, { document: { entries: [{ path: "a", json }] } });
                const there = fulfilled(wished);
                const again = plan(wished, there);
                expect(again.steps).to.deep.equal([]);
                expect(again.unchanged).to.equal(wished.wanted.length);
                expect(wished.wanted.length + wished.refused.length).to.equal(Object.keys(data).length);
                for (const { note } of there) expect(note.length).to.be.at.most(255);
                // no two of them are one at run time
                expect(new Set(there.map(({ name }) => name.toLowerCase())).size).to.equal(there.length);
            }),
        );
    });

    it("writes one secret when one of a path changed, though all of them got a new version", () => {
        const before = wishes({ one: "1", two: "2" }, { version: 3 });
        const after = wishes({ one: "1", two: "two" }, { version: 4 });
        const made = plan(after, fulfilled(before));
        expect(made).to.deep.include({ steps: ["change two: version 3 -> 4"], unchanged: 1 });
    });

    it("restores a secret whose note was changed, or does not fit its version", () => {
        const wished = wishes({ one: "1", two: "2" });
        const [one, two] = fulfilled(wished) as [Secret, Secret];
        const secrets = [
            { ...one, note: one.note.replace(/hmac.*/, "edited by hand") },
            { ...two, note: two.note.replace(/.{4}$/, "AAAA") },
        ];
        expect(plan(wished, secrets).steps).to.deep.equal([
            "restore one: its note was changed in Woodpecker",
            "restore two: its note does not fit version 1",
        ]);
    });

    it("mends events and images", () => {
        const wished = wishes({ one: "1" });
        const [one] = fulfilled(wished) as [Secret];
        const loose = { ...one, events: [...one.events, "pull_request"], images: ["bash"] };
        expect(plan(wished, [loose]).steps).to.deep.equal(["change one: other events and images"]);
    });

    it("writes everything again when that is asked for", () => {
        const wished = wishes({ one: "1" });
        expect(plan(wished, fulfilled(wished), { rewrite: true }).steps).to.have.lengthOf(1);
    });

    it("never touches what another made", () => {
        const wished = wishes({ one: "1", two: "2" });
        const other = "managed by secret-sync (other); version 1; hmac-sha256 x";
        const made = plan(wished, [
            listed("one"),
            listed("two", other),
            listed("three", "by hand"),
            listed("four", other),
        ]);
        expect(made.steps).to.deep.equal([]);
        expect(made.problems).to.deep.equal([
            'one: is there already and was not made by secret-sync; set "adopt" in the mapping to take it over',
            'two: belongs to the secret-sync "other"',
        ]);
    });

    it("takes over on request what carries no note, and nothing else", () => {
        const wished = wishes({ one: "1", two: "2" }, { document: { entries: [{ path: "a", adopt: true }] } });
        const made = plan(wished, [listed("one"), listed("two", "of the backup job")]);
        expect(made.steps).to.deep.equal(["adopt one: carries no note"]);
        expect(made.problems).to.deep.equal(["two: is there already and was not made by secret-sync"]);
    });

    it("refuses names that only case tells apart, in Vault and at the target", () => {
        expect(plan(wishes({ FOO: "1", foo: "2", bar: "3" }), [listed("Bar")]).problems).to.deep.equal([
            'FOO: differs by case only from "foo" (secret/a#foo); at run time Woodpecker takes one for the other',
            'foo: differs by case only from "FOO" (secret/a#FOO); at run time Woodpecker takes one for the other',
            'bar: "Bar" is there already and differs by case only; it is not this sync\'s',
        ]);
    });

    it("lets a name of its own change its case", () => {
        const before = wishes({ foo: "1" });
        expect(plan(wishes({ FOO: "1" }), fulfilled(before)).steps).to.deep.equal([
            "create FOO: version 1",
            "prune foo",
        ]);
    });

    it("keeps what is there under a name that cannot be written now", () => {
        const before = wishes({ one: "1", two: "2" });
        const made = plan(wishes({ one: { not: "text" }, two: "" }), fulfilled(before));
        expect(made.steps).to.deep.equal([]);
        expect(made.problems).to.have.lengthOf(2);
    });

    it("refuses what is no text by name, or writes it as JSON when the mapping says so", () => {
        const data = { list: [1], map: { a: 1 }, number: 1, flag: true, none: null };
        expect(plan(wishes(data), []).problems).to.deep.equal(
            ["list is a list", "map is an object", "number is a number", "flag is a boolean", "none is null"].map(
                (what) =>
                    `${what.split(" ")[0]}: secret/a#${what}, not text; store it as text, or set "json" in the mapping`,
            ),
        );
        const json = wishes(data, { document: { entries: [{ path: "a", json: true }] } });
        expect(json.wanted.map(({ value }) => value)).to.deep.equal(["[1]", '{"a":1}', "1", "true", "null"]);
    });

    for (const name of ["", " x", "a/b", "a\\b", "..", "a\nb", "x".repeat(256)]) {
        it(`refuses the name ${JSON.stringify(name.slice(0, 20))}`, () => {
            expect(plan(wishes({ [name]: "1" }), []))
                .to.have.property("problems")
                .with.lengthOf(1);
        });
    }

    it("maps keys to names and targets, leaves keys out, and refuses what is asked for twice", () => {
        const document: MappingDocument = {
            entries: [
                { path: "a", except: ["deploy"] },
                {
                    path: "a",
                    key: "deploy",
                    target: { repository: "acme/website" },
                    name: "deploy_key",
                    events: ["manual"],
                },
                { path: "a", key: "deploy", name: "one" },
                { path: "a", key: "gone" },
            ],
        };
        const { wanted, refused } = wishes({ one: "1", deploy: "2" }, { document });
        expect(wanted.map(({ name, target, events }) => ({ name, target, events }))).to.deep.equal([
            { name: "deploy_key", target: { repository: "acme/website" }, events: ["manual"] },
        ]);
        expect(refused.map(({ name, reason }) => `${name}: ${reason}`)).to.deep.equal([
            "one: is asked for by secret/a#deploy too",
            "one: is asked for by secret/a#one too",
            "gone: the mapping names secret/a#gone, which Vault does not hold",
        ]);
    });

    describe("that removes", () => {
        const before = wishes(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`s${i}`, "x"])));
        const after = wishes({ s0: "x", s1: "x", s2: "x", s3: "x", s4: "x" });
        const there = fulfilled(before);

        it("stops at a number", () => {
            expect(plan(after, there, { pruneLimit: { count: 14 } }).refusal).to.match(
                /^15 of the 20 secrets it owns would be removed, and PRUNE_LIMIT 14 allows 14: nothing was changed/,
            );
            expect(plan(after, there, { pruneLimit: { count: 15 } }).refusal).to.equal(undefined);
        });

        it("stops at a share, which always allows one", () => {
            expect(plan(after, there, { pruneLimit: { percent: 74 } }).refusal).to.equal(undefined);
            expect(plan(after, there, { pruneLimit: { percent: 70 } }).refusal).to.contain("70% allows 14");
            const three = fulfilled(wishes({ a: "1", b: "1", c: "1" }));
            expect(plan(wishes({ a: "1", b: "1" }), three, { pruneLimit: { percent: 10 } }).refusal).to.equal(
                undefined,
            );
        });

        it("removes only what it owns, after everything else", () => {
            const { steps } = plan(wishes({ fresh: "1" }), [
                ...fulfilled(wishes({ old: "1" })),
                listed("foreign", "x"),
            ]);
            expect(steps).to.deep.equal(["create fresh: version 1", "prune old"]);
        });
    });
});
