import { statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { readSettings } from "../../../sandbox/doubles/woodpecker/settings.js";
import { type Pipeline, until } from "./client.js";
import { startWorld, type World } from "./world.js";

/** What the double promises beyond the contract; a real server has no such duties. */
describe("Woodpecker: the double", function () {
    this.timeout(60_000);
    let world: World;
    before(async function () {
        world = await startWorld(() => this.skip());
        if (world.real) this.skip();
    });
    after(() => world?.close());

    it("refuses and records what it does not know", async () => {
        const { status, text } = await world.admin.ask("POST", "/api/repos/1/nonsense");
        expect([status, text]).to.deep.equal([404, "404 page not found"]);
        expect(await world.guest.json("GET", "/_sandbox/unhandled")).to.deep.equal([
            { method: "POST", path: "/api/repos/1/nonsense" },
        ]);
    });

    it("keeps its state for its owner only", () => {
        expect(statSync(join(world.stateDirectory, "woodpecker.json")).mode & 0o777).to.equal(0o600);
    });

    it("ends at its next start what ran when it went away, and goes on counting", async () => {
        const { admin, app } = world;
        const repo = await admin.activate(await app.remoteId(), "acme/app");
        await app.workflows({
            "w.yml": "skip_clone: true\nwhen: {event: manual}\nsteps: [{name: s, image: bash, commands: [sleep 60]}]\n",
        });
        const { number, id } = await admin.run(repo);
        const read = () => admin.json<Pipeline>("GET", `/api/repos/${repo}/pipelines/${number}`);
        await until("the step to run", async () => (await read()).status === "running");
        await world.restart();
        expect((await read()).status).to.equal("killed");
        const next = await admin.run(repo);
        expect(next.number).to.equal(number + 1);
        expect(next.id).to.be.greaterThan(id as number);
    });

    it("says everything that is wrong with its environment at once", () => {
        const start = () => readSettings({ WOODPECKER_SERVER_ADDR: "0.0.0.0:8000", WOODPECKER_MAX_WORKFLOWS: "many" });
        expect(start).to.throw(
            /WOODPECKER_HOST is missing.*"0\.0\.0\.0" is not a loopback address.*WOODPECKER_MAX_WORKFLOWS: "many"/s,
        );
    });

    it("refuses a part of the syntax that it does not have, instead of ignoring it", async () => {
        const repo = await world.admin.activate(await world.app.remoteId(), "acme/app");
        await world.app.workflows({
            "w.yml": "when: {event: manual}\nmatrix: {A: [1]}\nsteps: [{name: s, image: bash, commands: [a]}]\n",
        });
        const { status, errors } = await world.admin.run(repo);
        expect(status).to.equal("error");
        expect(errors?.[0]?.message).to.equal("the Woodpecker double does not support [matrix]");
    });
});
