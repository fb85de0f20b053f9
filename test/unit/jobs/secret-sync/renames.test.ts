import { expect } from "chai";
import type { MappingDocument } from "../../../../jobs/secret-sync/mapping.js";
import { countsOf, linesOf } from "../../../../jobs/secret-sync/report.js";
import { exitCodeOf } from "../../../../jobs/secret-sync/sync.js";
import { StubWorld } from "../../../support/secretSync/world.js";

/** Pipelines read a secret under its old name until the new one is there. */
describe("a secret that gets another name", () => {
    let world: StubWorld;
    beforeEach(async () => {
        world = await StubWorld.start();
        world.holds({ slack: "1" });
        await world.sync({}, { entries: [{ path: "ci/global" }, acme] });
    });
    afterEach(() => world.stop());

    const acme = { path: "ci/global", target: { organization: "acme" } } as const;
    const renamed: MappingDocument = { entries: [{ path: "ci/global", key: "slack", name: "slack_webhook" }] };
    const namesAt = (place: string) => world.woodpecker.places.get(place)?.map(({ name }) => name);

    it("takes the old one away once the new one is there", async () => {
        expect(exitCodeOf(await world.sync({}, renamed))).to.equal(0);
        expect(namesAt("/secrets")).to.deep.equal(["slack_webhook"]);
    });

    it("keeps the old one, and says so, while the new name is somebody else's", async () => {
        const foreign = { name: "slack_webhook", value: "x", events: ["push"], images: null, note: "" };
        world.woodpecker.places.get("/secrets")?.push(foreign);
        const run = await world.sync({}, renamed);
        expect(exitCodeOf(run)).to.equal(1);
        expect(linesOf(run)).to.deep.equal([
            '! global "slack_webhook": is there already and was not made by secret-sync; set "adopt" in the mapping to take it over',
            '! global "slack": is no longer asked for, and stays while other secrets of global have problems',
        ]);
        expect(namesAt("/secrets")).to.deep.equal(["slack", "slack_webhook"]);
    });

    for (const [status, words] of [
        [422, "invalid"],
        [500, "database is locked (tried 5 times)"],
    ] as const) {
        it(`keeps the old one, and says so, when the new one is answered with ${status}`, async () => {
            world.toWoodpecker.rule = ({ method, path }) =>
                method === "POST" && path === "/api/secrets" ? { status, body: words.replace(/ \(.*/, "") } : undefined;
            const entries = [...renamed.entries, { ...acme, key: "slack", name: "slack_webhook" }];
            const run = await world.sync({}, { entries });
            expect(exitCodeOf(run)).to.equal(1);
            expect(linesOf(run)).to.deep.equal([
                '+ organization acme "slack_webhook": create, version 1',
                '- organization acme "slack": prune, is no longer asked for',
                `! global "slack_webhook": create: Woodpecker answered ${status}: ${words}`,
                '! global "slack": is no longer asked for, and stays because a write to global failed',
            ]);
            expect(countsOf(run)).to.include({ created: 1, pruned: 1, failed: 2 });
            expect(namesAt("/secrets")).to.deep.equal(["slack"]);
            expect(namesAt("/orgs/3/secrets")).to.deep.equal(["slack_webhook"]);
        });
    }

    it("does not get past the limit of removals by a problem", async () => {
        world.holds({ odd: { not: "text" } });
        const run = await world.sync({ pruneLimit: { count: 0 } });
        expect(run.plan?.refusal).to.contain("1 of the 1 secrets it owns would be removed");
        expect(namesAt("/secrets")).to.deep.equal(["slack"]);
    });
});
