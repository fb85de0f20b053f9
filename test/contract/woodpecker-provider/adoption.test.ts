import { expect } from "chai";
import { endsWith } from "../../support/outcome.js";
import { Surroundings } from "./surroundings.js";

describe("the Woodpecker provider and what exists already", function () {
    this.timeout(300_000);
    let here: Surroundings;

    before(async function () {
        here = await Surroundings.start(() => this.skip());
    });
    beforeEach(() => here.clear());
    after(() => here?.stop());

    /** Registers the repository and one of everything by hand, other than the program declares it. */
    async function byHand(): Promise<number> {
        const { admin } = here;
        const id = await admin.activate(await here.world.app.remoteId(), "acme/app");
        await admin.json("PATCH", `/api/repos/${id}`, { timeout: 45, netrc_trusted: ["plugin"] });
        const { id: organization } = await admin.json("GET", "/api/orgs/lookup/acme");
        const secret = { value: "by hand", events: ["cron"], note: "by hand" };
        await admin.json("POST", `/api/repos/${id}/secrets`, { ...secret, name: "webhook" });
        await admin.json("POST", "/api/secrets", { ...secret, name: "everywhere" });
        await admin.json("POST", `/api/orgs/${organization}/secrets`, { ...secret, name: "ours" });
        await admin.json("POST", `/api/repos/${id}/cron`, { name: "nightly", schedule: "@weekly", enabled: false });
        const registry = { address: "registry.example.org:5050", username: "ci", password: "by hand" };
        await admin.json("POST", `/api/repos/${id}/registries`, registry);
        return id;
    }

    it("is not touched without adopt: the preview fails and names object and key", async () => {
        const id = await byHand();
        const before = await here.listing();
        const stack = await here.stack();
        here.weather.set();
        const preview = await endsWith(1, stack.preview());
        expect(preview.errors.join()).to.include(`acme/app is active on the server already (id ${id})`);
        expect(preview.errors.join()).to.include("secret everywhere of the server exists already");
        expect(preview.errors.join()).to.include("set [adopt] to true");
        expect(here.weather.writes).to.deep.equal([]);
        await stack.stop();
        expect(await here.listing()).to.deep.equal(before);
    });

    it("is taken over with adopt, and is as before after destroy", async () => {
        const id = await byHand();
        const before = await here.listing();
        const stack = await here.stack({ adopt: true });
        const up = await endsWith(0, stack.up());
        expect(up.outputs).to.include({ repositoryId: id, adopted: true });
        expect(await here.repository()).to.deep.include({ timeout: 30, netrc_trusted: ["plugin"] });
        expect(await here.cron()).to.include({ enabled: true, schedule: "0 3 * * *" });
        await endsWith(0, stack.drift());

        await stack.stop();
        expect(await here.listing()).to.deep.equal(before);
    });

    it("goes for good where the program says so", async () => {
        const id = await byHand();
        const stack = await here.stack({
            adopt: true,
            repository: { deletion: "remove" },
            secret: { deletion: "remove" },
        });
        await stack.declare();
        await stack.stop();
        expect((await here.admin.ask("GET", `/api/repos/${id}`)).status).to.equal(404);
    });

    it("is activated again without adopt where it was only deactivated, with its old id", async () => {
        const id = await byHand();
        await here.clear();
        const remote = await here.world.app.remoteId();
        const again = await here.admin.activate(remote, "acme/app");
        expect(again).to.be.greaterThan(id);
        await here.admin.ask("DELETE", `/api/repos/${again}`);
        const stack = await here.stack();
        const up = await endsWith(0, stack.up());
        expect(up.outputs).to.include({ repositoryId: again, adopted: false });
        await stack.stop();
        expect(await here.repository()).to.include({ id: again, active: false, timeout: 60, allow_deploy: false });
    });

    it("is refused when its id is not the expected one, before anything is changed", async () => {
        const id = await byHand();
        const before = await here.listing();
        const stack = await here.stack({ adopt: true, repository: { expectedId: id + 1 } });
        here.weather.set();
        const preview = await endsWith(1, stack.preview());
        expect(preview.errors.join()).to.include(`[expectedId] ${id + 1} is configured for acme/app`);
        expect(preview.errors.join()).to.include(`on the server it has the id ${id}`);
        expect(here.weather.writes).to.deep.equal([]);
        await endsWith(1, stack.up());
        expect(here.weather.writes.filter((write) => write.includes("/repos/"))).to.deep.equal([]);

        stack.program = here.program({ adopt: true, repository: { expectedId: id } });
        await stack.declare();
        await stack.stop();
        expect(await here.listing()).to.deep.equal(before);
    });

    it("can be imported by name instead, and is then adopted all the same", async () => {
        const id = await byHand();
        const repository = { timeout: 45, allowDeploy: false };
        const cron = { schedule: "@weekly", enabled: false, branch: undefined, variables: undefined };
        const imports = { app: "acme/app", nightly: "acme/app/nightly" };
        const stack = await here.stack({ adopt: true, repository, cron, imports });
        const up = await endsWith(0, stack.up());
        expect(up.changes, up.text).to.include.members(["import app", "import nightly"]);
        expect(up.outputs).to.include({ repositoryId: id, adopted: true });
        expect(stack.stored).to.match(new RegExp(`"id":\\s*"${id}/nightly"`));
        await endsWith(0, stack.drift());
        await stack.stop();
        expect(await here.repository()).to.include({ active: true, timeout: 45 });
        expect(await here.cron()).to.include({ enabled: false, schedule: "@weekly" });
    });

    it("says what an id for an import looks like", async () => {
        await byHand();
        const imports = { app: "acme/app", nightly: "nightly" };
        const stack = await here.stack({ adopt: true, repository: { timeout: 45, allowDeploy: false }, imports });
        const preview = await stack.preview();
        expect(preview.errors.join()).to.include('"nightly" does not name a Cron: the form is OWNER/REPOSITORY/NAME');
        await stack.stop();
    });

    it("is spared when another resource of the same run has taken it over", async () => {
        const stack = await here.stack();
        await stack.declare();
        stack.program = here.program({ adopt: true, secret: { name: "webhook" }, rename: "renamed" });
        const up = await endsWith(0, stack.up());
        expect(up.changes, up.text).to.include.members(["create renamed", "delete secret"]);
        const id = await here.repositoryId();
        expect((await here.admin.ask("GET", `/api/repos/${id}/secrets/webhook`)).status).to.equal(200);
        await endsWith(0, stack.drift());
        await stack.stop();
    });
});
