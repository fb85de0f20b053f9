import { expect } from "chai";
import { gaugesOf, linesOf, summaryOf } from "../../../../../jobs/secret-sync/report.js";
import { exitCodeOf, type SyncRun } from "../../../../../jobs/secret-sync/sync.js";
import { describeDefects } from "../../../../support/secretSync/defects.js";
import { StubWorld } from "../../../../support/secretSync/world.js";

const told = (run: SyncRun) => [...linesOf(run), JSON.stringify(summaryOf(run))].join("\n");
describeDefects("changes", {
    4: [
        "one failure does not keep the others from theirs",
        async (world) => {
            world.holds({ a: "1", b: "2", c: "3" });
            world.toWoodpecker.rule = ({ body }) => (body.includes('"b"') ? { status: 422, body: "no" } : undefined);
            const run = await world.sync();
            expect(exitCodeOf(run)).to.equal(1);
            expect(run.applied?.failures.map(({ name }) => name)).to.deep.equal(["b"]);
            expect(world.woodpecker.places.get("/secrets")?.map(({ name }) => name)).to.deep.equal(["a", "c"]);
        },
    ],
    5: [
        "a read of Vault that fails is no empty list",
        async (world) => {
            world.holds({ a: "1" });
            await world.sync();
            world.toVault.rule = ({ path }) => (path.endsWith("ci/global") ? { status: 500, body: "" } : undefined);
            const run = await world.sync();
            expect(exitCodeOf(run)).to.equal(1);
            expect(world.woodpecker.secret("a")).to.not.equal(undefined);
            expect(world.toWoodpecker.requests).to.deep.equal([]);
        },
    ],
    6: [
        "a 401 or 500 on a change is not taken for a missing secret",
        async (world) => {
            world.holds({ a: "1" });
            await world.sync();
            world.holds({ a: "2" });
            for (const status of [401, 403, 500]) {
                world.toWoodpecker.rule = ({ method }) => (method === "PATCH" ? { status, body: "no" } : undefined);
                expect(told(await world.sync())).to.contain(`change: Woodpecker answered ${status}: no`);
                expect(world.toWoodpecker.writes.every((write) => write === "PATCH /api/secrets/a")).to.equal(true);
            }
        },
    ],
    7: [
        "the real cause of a failed change is told, not a duplicate's",
        async (world) => {
            world.holds({ a: "1" });
            await world.sync();
            world.holds({ a: "2" });
            world.toWoodpecker.rule = ({ method }) =>
                method === "PATCH" ? { status: 500, body: "database is locked" } : undefined;
            expect(told(await world.sync()))
                .to.contain("500: database is locked")
                .and.to.not.contain("duplicate");
        },
    ],
    9: [
        "a key that is removed in Vault goes away in Woodpecker",
        async (world) => {
            world.holds({ a: "1", b: "2" });
            await world.sync();
            world.holds({ a: "1" });
            expect(exitCodeOf(await world.sync())).to.equal(0);
            expect(world.woodpecker.places.get("/secrets")?.map(({ name }) => name)).to.deep.equal(["a"]);
        },
    ],
    10: [
        "a plan says what would change and changes nothing, and what is right is not written again",
        async (world) => {
            world.holds({ a: "1", b: "2" });
            const plan = await world.sync({ mode: "plan" });
            expect([exitCodeOf(plan), world.toWoodpecker.writes.length]).to.deep.equal([2, 0]);
            expect(linesOf(plan)).to.deep.equal(['+ global "a": create, version 1', '+ global "b": create, version 1']);
            await world.sync();
            expect(exitCodeOf(await world.sync())).to.equal(0);
            expect(world.toWoodpecker.writes).to.deep.equal([]);
        },
    ],
    11: [
        "a flake is tried again",
        async (world) => {
            world.holds({ a: "1" });
            world.toWoodpecker.rule = (_request, earlier) => (earlier === 0 ? { status: 502, body: "" } : undefined);
            world.toVault.rule = (_request, earlier) => (earlier === 0 ? "cut before" : undefined);
            expect(exitCodeOf(await world.sync())).to.equal(0);
        },
    ],
    13: [
        "what is counted was confirmed by the server",
        async (world) => {
            world.holds({ a: "1", b: "2" });
            world.toWoodpecker.rule = ({ body }) => (body.includes('"b"') ? { status: 400, body: "no" } : undefined);
            const gauges = gaugesOf(await world.sync(), 0);
            const metric = (name: string) =>
                gauges.find((one) => one.name === `secret_sync_${name}`)?.samples[0]?.value;
            expect([metric("created"), metric("managed"), metric("failed")]).to.deep.equal([1, 1, 1]);
        },
    ],
});

describe("what the sync says", () => {
    it("never holds a value, whatever the server repeats of it", async () => {
        const world = await StubWorld.start();
        const value = 'first line of a key\nsecond "line" of it\n';
        world.holds({ a: value, b: "another secret value" });
        world.toWoodpecker.rule = ({ method, body }) =>
            method === "POST" ? { status: 400, body: `bad: ${body}` } : undefined;
        const said = told(await world.sync());
        await world.stop();
        expect(said).to.contain("bad: ");
        for (const part of ["first line", "second", "another secret", world.woodpecker.token, world.fingerprintKey]) {
            expect(said).to.not.contain(part);
        }
    });
});
