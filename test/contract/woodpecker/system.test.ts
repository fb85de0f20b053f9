import { expect } from "chai";
import { Client } from "./client.js";
import { prometheusToken, startWorld, type World } from "./world.js";

describe("Woodpecker: the server itself", function () {
    this.timeout(60_000);
    let world: World;
    before(async function () {
        world = await startWorld(() => this.skip());
    });
    after(() => world?.close());

    it("tells its version and health (transcript: GET /version, GET /healthz)", async () => {
        const version = await world.guest.ask("GET", "/version");
        expect(JSON.parse(version.text)).to.deep.equal({
            source: "https://github.com/woodpecker-ci/woodpecker",
            version: "3.17.0",
        });
        expect(version.headers.get("x-woodpecker-version")).to.equal("3.17.0");
        expect((await world.guest.ask("GET", "/healthz")).status).to.equal(204);
    });

    it("gives metrics to the right token only (transcript: GET /metrics)", async () => {
        const ask = async (authorization?: string) =>
            (await fetch(`${world.url}/metrics`, { headers: authorization ? { authorization } : {} })).status;
        expect(await ask()).to.equal(401);
        expect(await ask("Bearer wrong")).to.equal(403);
        expect(await ask(`Bearer ${prometheusToken}`)).to.equal(200);
    });

    it("knows users by their token, and guests by a bad one (transcript: GET /api/user, GET /api/users)", async () => {
        const { status, text } = await new Client(world.url, "a.b.c").ask("GET", "/api/user");
        expect([status, text]).to.deep.equal([401, "User not authorized"]);
        const me = await world.admin.json("GET", "/api/user");
        expect(me).to.include({ id: 1, login: "ci-admin", email: "ci-admin@sandbox.test", admin: true, org_id: 1 });
        expect(Object.keys(await world.bot.json("GET", "/api/user"))).to.deep.equal([
            "id",
            "forge_id",
            "forge_remote_id",
            "login",
            "email",
            "avatar_url",
            "org_id",
        ]);
        const refused = await world.bot.ask("GET", "/api/users");
        expect([refused.status, refused.text]).to.deep.equal([403, "User not authorized"]);
        const users = await world.admin.json<{ login: string }[]>("GET", "/api/users");
        expect(users.map(({ login }) => login)).to.deep.equal(["ci-admin", "ci-bot"]);
    });

    it("gives the same user token every time, until it is rotated (transcript: POST, DELETE /api/user/token)", async () => {
        const stranger = await world.login("stranger");
        const again = await stranger.ask("POST", "/api/user/token");
        expect(again.text).to.equal(stranger.token);
        const rotated = await stranger.ask("DELETE", "/api/user/token");
        expect(rotated.status).to.equal(200);
        expect(rotated.text).not.to.equal(stranger.token);
        expect((await stranger.ask("GET", "/api/user")).status).to.equal(401);
    });

    it("shows its queue and its agent to administrators (transcript: GET /api/queue/info, GET /api/agents)", async () => {
        expect(await world.admin.json("GET", "/api/queue/info")).to.deep.equal({
            pending: [],
            waiting_on_deps: [],
            running: [],
            stats: { worker_count: 4, pending_count: 0, waiting_on_deps_count: 0, running_count: 0 },
            paused: false,
        });
        const [agent] = await world.admin.json<Record<string, unknown>[]>("GET", "/api/agents");
        expect(agent).to.include({
            id: 1,
            backend: "local",
            capacity: 4,
            version: "3.17.0",
            no_schedule: false,
            name: "sandbox",
        });
        expect((await world.bot.ask("GET", "/api/queue/info")).status).to.equal(403);
        expect((await world.guest.ask("GET", "/api/agents")).status).to.equal(401);
    });
});
