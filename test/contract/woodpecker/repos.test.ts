import { expect } from "chai";
import { startWorld, type World } from "./world.js";

interface Repo {
    readonly id: number;
    readonly active: boolean;
    readonly timeout: number;
}

describe("Woodpecker: repositories", function () {
    this.timeout(60_000);
    let world: World;
    let appId: number;
    before(async function () {
        world = await startWorld(() => this.skip());
        appId = await world.app.remoteId();
    });
    after(() => world?.close());

    it("activates by GitHub's id only (transcript: POST /api/repos)", async () => {
        const { admin } = world;
        expect((await admin.ask("GET", "/api/repos/lookup/acme/app")).status).to.equal(404);
        const without = await admin.ask("POST", "/api/repos");
        expect([without.status, without.text]).to.deep.equal([400, "No forge_remote_id provided"]);
        const unknown = await admin.ask("POST", "/api/repos?forge_remote_id=999");
        expect([unknown.status, unknown.text]).to.deep.equal([500, "Could not fetch repository from forge."]);
        const repo = await admin.json("POST", `/api/repos?forge_remote_id=${appId}`);
        expect(repo).to.deep.include({
            id: 1,
            forge_id: 1,
            forge_remote_id: String(appId),
            owner: "acme",
            name: "app",
            full_name: "acme/app",
            default_branch: "main",
            pr_enabled: true,
            timeout: 60,
            visibility: "public",
            private: false,
            trusted: { network: false, volumes: false, security: false },
            require_approval: "forks",
            approval_allowed_users: null,
            active: true,
            allow_pr: true,
            allow_deploy: false,
            config_file: "",
            cancel_previous_pipeline_events: ["push", "pull_request"],
            netrc_trusted: null,
            config_extension_endpoint: "",
        });
        const again = await admin.ask("POST", `/api/repos?forge_remote_id=${appId}`);
        expect([again.status, again.text]).to.deep.equal([409, "Repository is already active."]);
        const byBot = await world.bot.ask("POST", `/api/repos?forge_remote_id=${appId}`);
        expect(byBot.status, "active wins over the missing right").to.equal(409);
    });

    it("puts one webhook on GitHub, for pushes and deployments (transcript: GH GET hooks)", async () => {
        const hooks = await world.app.get<{ events: string[]; config: Record<string, string> }[]>("/hooks");
        expect(hooks).to.have.length(1);
        expect(hooks[0]?.events).to.deep.equal(["push", "pull_request", "pull_request_review", "deployment"]);
        expect(hooks[0]?.config.content_type).to.equal("form");
        expect(hooks[0]?.config.url).to.match(new RegExp(`^${world.url}/api/hook\\?access_token=`));
    });

    it("finds a repository by name, whoever may read it (transcript: GET /api/repos/lookup)", async () => {
        const found = await world.admin.json<Repo>("GET", "/api/repos/lookup/acme/app");
        expect(await world.bot.json<Repo>("GET", "/api/repos/lookup/ACME/App")).to.deep.equal(found);
        expect((await world.admin.ask("GET", "/api/repos/lookup/acme/nope")).status).to.equal(404);
        expect((await world.guest.ask("GET", "/api/repos/lookup/acme/nope")).status).to.equal(401);
        expect((await world.admin.ask("GET", "/api/repos/abc")).status).to.equal(400);
        expect((await world.admin.ask("GET", "/api/repos/99")).status).to.equal(404);
    });

    it("merges a change and refuses what is not allowed (transcript: PATCH /api/repos/1)", async () => {
        const { admin, bot } = world;
        const changed = await admin.json("PATCH", "/api/repos/1", { timeout: 30, allow_deploy: true });
        expect(changed).to.include({ timeout: 30, allow_deploy: true, allow_pr: true, visibility: "public" });
        const refused = async (body: unknown) => {
            const { status, text } = await admin.ask("PATCH", "/api/repos/1", body);
            return [status, text];
        };
        expect(await refused({ timeout: 0 })).to.deep.equal([400, "Timeout must be at least 1 minute"]);
        expect(await refused({ require_approval: "never" })).to.deep.equal([400, "Invalid require-approval setting"]);
        expect(await refused({ visibility: "secret" })).to.deep.equal([400, "Invalid visibility type"]);
        expect(await refused({ allow_deploy: "yes" })).to.deep.equal([400, ""]);
        expect(await admin.json("PATCH", "/api/repos/1", { trusted: { network: true } })).to.deep.include({
            trusted: { network: true, volumes: false, security: false },
            timeout: 30,
        });
        const byBot = await bot.ask("PATCH", "/api/repos/1", { timeout: 5 });
        expect([byBot.status, byBot.text]).to.deep.equal([403, "User not authorized"]);
    });

    it("answers 200 to a change without a JSON content type and changes nothing (transcript: form ct)", async () => {
        const { status } = await world.admin.ask(
            "PATCH",
            "/api/repos/1",
            '{"timeout":7}',
            "application/x-www-form-urlencoded",
        );
        expect(status).to.equal(200);
        expect((await world.admin.json<Repo>("GET", "/api/repos/1")).timeout).to.equal(30);
    });

    it("tells what an account may do (transcript: GET /api/repos/1/permissions)", async () => {
        expect(await world.admin.json("GET", "/api/repos/1/permissions")).to.include({
            pull: true,
            push: true,
            admin: true,
        });
        expect(await world.bot.json("GET", "/api/repos/1/permissions")).to.include({
            pull: true,
            push: true,
            admin: false,
        });
    });

    it("hides what may not be done: 404 for a reader, 403 for settings (transcript: bot: pull only)", async () => {
        const id = await world.admin.activate(await world.infra.remoteId(), "acme/infra");
        const { bot, guest } = world;
        expect(await bot.json("GET", `/api/repos/${id}/permissions`)).to.include({
            pull: true,
            push: false,
            admin: false,
        });
        expect((await bot.ask("POST", `/api/repos/${id}/pipelines`, { branch: "main" })).status).to.equal(404);
        const secret = { name: "a", value: "b", events: ["push"] };
        expect((await bot.ask("POST", `/api/repos/${id}/secrets`, secret)).status).to.equal(404);
        expect((await bot.ask("PATCH", `/api/repos/${id}`, { timeout: 5 })).status).to.equal(403);
        expect((await guest.ask("POST", `/api/repos/${id}/pipelines`, { branch: "main" })).status).to.equal(401);
        expect((await guest.ask("GET", `/api/repos/${id}`)).status).to.equal(200);
    });

    it("keeps the id of a repository that is deactivated and activated again (transcript: DELETE /api/repos/2)", async () => {
        const { admin, bot, infra } = world;
        const { id } = await admin.json<Repo>("GET", "/api/repos/lookup/acme/infra");
        await admin.json("PATCH", `/api/repos/${id}`, { timeout: 45 });
        expect(await admin.json("DELETE", `/api/repos/${id}`)).to.include({ id, active: false });
        expect(await infra.get("/hooks")).to.deep.equal([]);
        const byBot = await bot.ask("POST", `/api/repos?forge_remote_id=${await infra.remoteId()}`);
        expect([byBot.status, byBot.text]).to.deep.equal([403, "User has to be a admin of this repository"]);
        const again = await admin.json("POST", `/api/repos?forge_remote_id=${await infra.remoteId()}`);
        expect(again).to.include({ id, active: true, timeout: 45 });
    });

    it("never gives an id again after a removal (transcript: DELETE /api/repos/2?remove=true)", async () => {
        const { admin, infra } = world;
        const { id } = await admin.json<Repo>("GET", "/api/repos/lookup/acme/infra");
        expect((await admin.ask("DELETE", `/api/repos/${id}?remove=true`)).status).to.equal(200);
        expect((await admin.ask("GET", `/api/repos/${id}`)).status).to.equal(404);
        const fresh = await admin.json<Repo>("POST", `/api/repos?forge_remote_id=${await infra.remoteId()}`);
        expect(fresh.id).to.be.greaterThan(id);
        expect(fresh.timeout).to.equal(60);
    });

    it("makes the webhook anew, one only (transcript: POST /api/repos/1/repair)", async () => {
        expect((await world.admin.ask("POST", "/api/repos/1/repair")).status).to.equal(204);
        expect((await world.admin.ask("POST", "/api/repos/1/repair")).status).to.equal(204);
        expect(await world.app.get("/hooks")).to.have.length(1);
    });

    it("lists what could be activated (woodpecker.md 1.5: GET /user/repos?all=true)", async () => {
        const all = await world.admin.json<{ full_name: string }[]>("GET", "/api/user/repos?all=true");
        expect(all.map(({ full_name: name }) => name).sort()).to.deep.equal(["acme/app", "acme/infra"]);
        const active = await world.admin.json<Repo[]>("GET", "/api/repos?active=true");
        expect(active.every((repo) => repo.active)).to.equal(true);
    });

    it("remembers everything over a restart", async () => {
        const before = await world.admin.json("GET", "/api/repos/lookup/acme/app");
        await world.restart();
        expect(await world.admin.json("GET", "/api/repos/lookup/acme/app")).to.deep.equal(before);
    });
});
