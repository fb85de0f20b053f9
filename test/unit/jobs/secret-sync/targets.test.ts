import { expect } from "chai";
import type { MappingDocument, Target } from "../../../../jobs/secret-sync/mapping.js";
import { linesOf } from "../../../../jobs/secret-sync/report.js";
import { exitCodeOf } from "../../../../jobs/secret-sync/sync.js";
import { StubWorld } from "../../../support/secretSync/world.js";

describe("the secret sync's targets", () => {
    let world: StubWorld;
    beforeEach(async () => {
        world = await StubWorld.start();
        world.holds({ a: "1", b: "2" });
    });
    afterEach(() => world.stop());

    const namesAt = (place: string) => world.woodpecker.places.get(place)?.map(({ name }) => name);
    const between = (first: Target, second: Target): MappingDocument => ({
        entries: [
            { path: "ci/global", key: "a", target: first },
            { path: "ci/global", key: "b", target: second },
        ],
    });

    const spellings: readonly [Target, Target, string][] = [
        [{ repository: "Acme/Website" }, { repository: "acme/website" }, "/repos/1/secrets"],
        [{ organization: "acme" }, { organization: "ACME" }, "/orgs/3/secrets"],
    ];
    for (const [first, second, place] of spellings) {
        it(`are one, whatever the case: ${JSON.stringify([first, second])}`, async () => {
            const document = between(first, second);
            expect(exitCodeOf(await world.sync({}, document))).to.equal(0);
            expect(exitCodeOf(await world.sync({}, document))).to.equal(0);
            expect(world.toWoodpecker.writes).to.deep.equal([]);
            expect(namesAt(place)).to.deep.equal(["a", "b"]);
        });
    }

    it("refuse one name that is asked for under two spellings", async () => {
        const [first, second] = spellings[0] as [Target, Target, string];
        const entries = [first, second].map((target) => ({ path: "ci/global", key: "a", target }));
        const run = await world.sync({}, { entries });
        expect(exitCodeOf(run)).to.equal(1);
        expect(linesOf(run)).to.deep.equal([
            '! repository Acme/Website "a": is asked for by secret/ci/global#a too',
            '! repository acme/website "a": is asked for by secret/ci/global#a too',
        ]);
    });

    it("are left alone where two names lead to one repository, and the others are seen to", async () => {
        const [website, renamed] = [{ repository: "acme/website" }, { repository: "acme/site" }];
        world.toWoodpecker.rule = ({ path }) =>
            path.endsWith("/repos/lookup/acme/site")
                ? { status: 200, body: '{"id":1,"full_name":"acme/website"}' }
                : undefined;
        await world.sync({}, between(website, website));
        const { entries } = between(website, renamed);
        const run = await world.sync({}, { entries: [...entries, { path: "ci/global" }] });
        expect(exitCodeOf(run)).to.equal(1);
        expect(linesOf(run).filter((line) => line.startsWith("!"))).to.deep.equal([
            "! repository acme/website: is the same in Woodpecker as repository acme/site, so nothing is changed there; " +
                "keep one of these names in the mapping",
            "! repository acme/site: is the same in Woodpecker as repository acme/website, so nothing is changed there; " +
                "keep one of these names in the mapping",
        ]);
        expect(namesAt("/repos/1/secrets")).to.deep.equal(["a", "b"]);
        expect(namesAt("/secrets")).to.deep.equal(["a", "b"]);
    });

    it("are not emptied under an old name while a new one fills them", async () => {
        const target = { repository: "acme/website" };
        world.toWoodpecker.rule = ({ path }) =>
            path.endsWith("/repos/lookup/acme/site")
                ? { status: 200, body: '{"id":1,"full_name":"acme/website"}' }
                : undefined;
        await world.sync({}, { entries: [{ path: "ci/global", target }] });
        const moved = { entries: [{ path: "ci/global", target: { repository: "acme/site" } }], emptied: [target] };
        expect(exitCodeOf(await world.sync({}, moved))).to.equal(1);
        expect(namesAt("/repos/1/secrets")).to.deep.equal(["a", "b"]);
    });
});
