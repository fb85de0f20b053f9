import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { parse } from "yaml";
import { editPins } from "../../../../cli/lib/pinEdit.js";
import { projectRoot } from "../../../../cli/lib/stack.js";

const pin = (app: string, tag: string | undefined) => new Map([[app, tag]]);
const tags = fc.stringMatching(/^[0-9a-f]{8}$/);

const file = `# Head.
config:
    aws:region: "x"   # not ours
    cicd:apps:
        # Before.
        website:  # its name
            repository: acme/website   # where
            branches: [main]

            images: [{name: acme/website}]

        shop:
            # Of the pin.
            sha: '00000000'  # since May
            repository: acme/shop
        flow: { repository: acme/flow, images: [] }
        # Last.
encryptionsalt: v1:abc=
`;

describe("pins in a stack file", function () {
    this.timeout(60_000);
    it("are added behind the repository, quoted", () => {
        const added = `            repository: acme/website   # where\n            sha: "0123abcd"\n`;
        const [before = "", after = ""] = file.split("            repository: acme/website   # where\n");
        expect(editPins(file, pin("website", "0123abcd"))).equal(before + added + after);
    });

    it("are replaced in their place, with what is written around them", () => {
        expect(editPins(file, pin("shop", "1e234567"))).equal(file.replace("'00000000'", '"1e234567"'));
    });

    it("go with their line and nothing else", () => {
        expect(editPins(file, pin("shop", undefined))).equal(
            file.replace("            sha: '00000000'  # since May\n", ""),
        );
        expect(editPins(file, pin("website", undefined))).equal(file);
    });

    it("are written into a map on one line too", () => {
        const added = editPins(file, pin("flow", "0123abcd"));
        expect(added).equal(file.replace("acme/flow,", 'acme/flow, sha: "0123abcd",'));
        expect(editPins(added, pin("flow", undefined))).equal(file);
    });

    it("can be several at once", () => {
        const changes = new Map([
            ["shop", "11111111"],
            ["website", "22222222"],
        ]);
        const apps = parse(editPins(file, changes)).config["cicd:apps"];
        expect([apps.shop.sha, apps.website.sha]).deep.equal(["11111111", "22222222"]);
    });

    it("are refused for an application that is not there", () => {
        expect(() => editPins(file, pin("blog", "0123abcd"))).throw(
            "There is no application blog in the stack file; there are website, shop, flow",
        );
    });

    it("are refused where a change would mean something else", () => {
        const shared = "config:\n  cicd:apps:\n    a: &a\n      repository: x/a\n    b: *a\n";
        expect(() => editPins(shared, pin("a", "0123abcd"))).throw("set them by hand: cicd:apps.a.sha");
        expect(() => editPins(shared, pin("b", "0123abcd"))).throw("no application b");
        expect(() => editPins("config:\n  cicd:apps: '{}'\n", pin("a", "0123abcd"))).throw("has no map");
        expect(() => editPins("config: [", pin("a", "0123abcd"))).throw("is no YAML");
    });

    it("are written beside a merge key, whose anchor and comments stay", () => {
        const merged = `config:
    cicd:apps:
        one: &base   # of both
            repository: acme/one
            sha: "00000000"
        two:
            <<: *base   # all but the place
            repository: acme/two
        three: { <<: *base, repository: acme/three }
`;
        const place = "            repository: acme/two\n";
        const two = editPins(merged, pin("two", "0123abcd"));
        expect(two).equal(merged.replace(place, `${place}            sha: "0123abcd"\n`));
        expect(editPins(two, pin("two", "4567cdef"))).equal(two.replace("0123abcd", "4567cdef"));
        expect(editPins(merged, pin("three", "0123abcd"))).equal(
            merged.replace("acme/three }", 'acme/three, sha: "0123abcd" }'),
        );
        // What the base has, others take over: nobody said that a pin of one is to be a pin of three, or the other way round.
        expect(() => editPins(merged, pin("one", "0123abcd"))).throw("set them by hand: cicd:apps.one.sha");
        const own = new Map(["one", "two", "three"].map((app) => [app, "0123abcd"]));
        expect(editPins(merged, own)).include('sha: "0123abcd"').and.not.include("00000000");
        expect(() => editPins(two, pin("two", undefined))).throw("set them by hand: cicd:apps.two.sha");
    });

    it("keep the line breaks of the file", () => {
        const dos = file.replaceAll("\n", "\r\n");
        expect(editPins(dos, pin("website", "0123abcd"))).equal(
            editPins(file, pin("website", "0123abcd")).replaceAll("\n", "\r\n"),
        );
        expect(editPins(dos, pin("shop", undefined))).equal(
            editPins(file, pin("shop", undefined)).replaceAll("\n", "\r\n"),
        );
    });

    for (const stack of ["sandbox", "prod"]) {
        const text = readFileSync(join(projectRoot, `Pulumi.${stack}.yaml`), "utf8");
        const apps = Object.keys(parse(text).config["cicd:apps"]);

        it(`change no other byte of Pulumi.${stack}.yaml, and mean what was asked for`, () => {
            const changes = fc.uniqueArray(fc.tuple(fc.constantFrom(...apps), tags), {
                minLength: 1,
                maxLength: 4,
                selector: ([app]) => app,
            });
            fc.assert(
                fc.property(changes, tags, (pairs, next) => {
                    const once = editPins(text, new Map(pairs));
                    const config = parse(once).config["cicd:apps"];
                    for (const [app, tag] of pairs) expect(config[app].sha).equal(tag);
                    const others = once.split("\n").filter((line) => !/^\s+sha: "[0-9a-f]{8}"$/.test(line));
                    expect(others.join("\n")).equal(text);
                    const again = editPins(once, new Map(pairs.map(([app]) => [app, next])));
                    expect(again.split("\n").length).equal(once.split("\n").length);
                    const removed = editPins(again, new Map(pairs.map(([app]) => [app, undefined])));
                    expect(removed).equal(text);
                }),
                { numRuns: 8 },
            );
        });
    }
});

describe("pins in any stack file", function () {
    this.timeout(60_000);
    const comment = fc.option(fc.stringMatching(/^[a-z :{}"'-]{1,12}$/), { nil: undefined });
    const app = fc.record({
        name: fc.stringMatching(/^[a-z]{3,8}$/),
        sha: fc.option(tags, { nil: undefined }),
        first: fc.boolean(),
        quote: fc.constantFrom('"', "'"),
        comments: fc.array(comment, { minLength: 3, maxLength: 3 }),
        blank: fc.boolean(),
    });
    type App = typeof app extends fc.Arbitrary<infer A> ? A : never;
    const files = fc.record({
        apps: fc.uniqueArray(app, { minLength: 1, maxLength: 4, selector: ({ name }) => name }),
        indent: fc.constantFrom(1, 2, 4),
    });

    /** Writes a file as people do: comments before, behind and between, blank lines, pins first or last. */
    function render({ apps, indent }: { readonly apps: readonly App[]; readonly indent: number }): string {
        const pad = (depth: number) => " ".repeat(indent * depth);
        const behind = (text: string | undefined) => (text === undefined ? "" : ` # ${text}`);
        const lines = apps.flatMap(({ name, sha, first, quote, comments: [a, b, c], blank }) => {
            const repository = `${pad(3)}repository: acme/${name}${behind(b)}`;
            const pinLine = sha === undefined ? [] : [`${pad(3)}sha: ${quote}${sha}${quote}${behind(c)}`];
            return [
                ...(a === undefined ? [] : [`${pad(2)}# ${a}`]),
                `${pad(2)}${name}:`,
                ...(first ? [...pinLine, repository] : [repository, ...pinLine]),
                ...(blank ? [""] : []),
            ];
        });
        return ["config:", `${pad(1)}cicd:apps:`, ...lines, `${pad(1)}cicd:adopt: true`, ""].join("\n");
    }

    it("keep comments, order and every other line", () => {
        fc.assert(
            fc.property(files, tags, fc.nat(3), (shape, tag, which) => {
                const text = render(shape);
                const { name, sha } = shape.apps[which % shape.apps.length] as App;
                const edited = editPins(text, pin(name, tag));
                expect(edited).equal(
                    sha === undefined
                        ? text.replace(new RegExp(`( +)repository: acme/${name}\\b.*\n`), `$&$1sha: "${tag}"\n`)
                        : render({
                              ...shape,
                              apps: shape.apps.map((each) =>
                                  each.name === name ? { ...each, sha: tag, quote: '"' } : each,
                              ),
                          }),
                );
                const without = shape.apps.map((each) => (each.name === name ? { ...each, sha: undefined } : each));
                expect(editPins(edited, pin(name, undefined))).equal(render({ ...shape, apps: without }));
            }),
        );
    });
});
