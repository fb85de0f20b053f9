import { expect } from "chai";
import { endsWith } from "../../support/outcome.js";
import { waitFor } from "../../support/waitFor.js";
import { runningProviders } from "./stack.js";
import { Surroundings } from "./surroundings.js";

describe("the Woodpecker provider in bad weather", function () {
    this.timeout(300_000);
    let here: Surroundings;

    before(async function () {
        here = await Surroundings.start(() => this.skip());
    });
    beforeEach(() => here.clear());
    after(() => here?.stop());

    it("takes an answer that was lost for what it was: its own work", async () => {
        const stack = await here.stack();
        const lost = new Set<string>();
        here.weather.set((method, path) => {
            const request = `${method} ${path}`;
            if (method !== "POST" || lost.has(request)) return undefined;
            lost.add(request);
            return "lose";
        });
        await endsWith(0, stack.up());
        expect(lost.size, "every creation was lost once").to.equal(6);
        here.weather.set();
        await endsWith(0, stack.drift());
        await stack.stop();
    });

    it("remembers a repository that it could activate but not set up, and goes on from there", async () => {
        const stack = await here.stack();
        here.weather.set((method, path) =>
            method === "PATCH" && path.startsWith("/api/repos/")
                ? { status: 500, body: "database is locked" }
                : undefined,
        );
        const failed = await endsWith(1, stack.up());
        expect(failed.errors.join()).to.include("-> 500: database is locked (tried 2 times)");
        here.weather.set();
        await endsWith(0, stack.up());
        expect(await here.repository()).to.include({ active: true, timeout: 30 });
        await endsWith(0, stack.drift());
        await stack.stop();
    });

    it("gives one clear error for a server that is down, and finishes once it is back", async () => {
        const stack = await here.stack();
        here.weather.set(() => "cut");
        const failed = await endsWith(1, stack.up());
        const told = failed.errors.filter((message) => message.includes("Is the server up and reachable"));
        expect(told, failed.errors.join("\n")).to.have.lengthOf(1);
        expect(told[0]).to.include(`${here.weather.url}: GET /api/user -> no answer: connection`);
        here.weather.set();
        await stack.declare();
        await stack.stop();
    });

    it("gives up on a slow server after the time it may take", async () => {
        const stack = await here.stack({ provider: { requestTimeoutSeconds: 1 } });
        await stack.declare();
        here.weather.set((_, path) => (path.startsWith("/api/repos/lookup") ? "hang" : undefined));
        const drift = await endsWith(1, stack.drift());
        expect(drift.errors.join()).to.include("GET /api/repos/lookup/acme/app -> no answer: nothing within 1 s");
        here.weather.set();
        await endsWith(0, stack.drift());
        await stack.stop();
    });

    it("tells a token that is not valid from a server that is not Woodpecker", async () => {
        const stack = await here.stack({ provider: { token: "expired" } });
        const refused = await stack.preview();
        expect(refused.errors.join()).to.include("-> 401: User not authorized").and.include("set WOODPECKER_TOKEN");
        expect(refused.errors.join()).to.not.include("expired");
        here.weather.set(() => ({ status: 200, body: "<!doctype html><title>Sign in</title>" }));
        expect((await stack.preview()).errors.join()).to.include('an HTML page, "Sign in"');
        here.weather.set();
        await stack.stop();
    });

    it("converges after being killed anywhere, and leaves no process behind", async () => {
        const stack = await here.stack({ adopt: true });
        for (const writes of [1, 3, 6]) {
            here.weather.set();
            const killed = await stack.killedUp(() => here.weather.writes.length >= writes);
            expect(killed.exitCode, `killed after ${writes} writes`).to.not.equal(0);
            await waitFor("the provider to end with its engine", () => expect(runningProviders()).to.equal(0));
            await endsWith(0, stack.up());
            const drift = await stack.drift();
            expect([drift.exitCode, drift.changes], drift.text).to.deep.equal([0, []]);
            expect(await here.repository()).to.include({ active: true, timeout: 30, allow_deploy: true });
            await endsWith(0, stack.destroy());
            await here.clear();
        }
        await stack.stop();
    });
});
