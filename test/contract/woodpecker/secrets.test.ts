import { expect } from "chai";
import { startWorld, type World } from "./world.js";

describe("Woodpecker: secrets and registries", function () {
    this.timeout(60_000);
    let world: World;
    let repo: string;
    before(async function () {
        world = await startWorld(() => this.skip());
        repo = `/api/repos/${await world.admin.activate(await world.app.remoteId(), "acme/app")}`;
    });
    after(() => world?.close());

    const asked = async (method: string, path: string, body?: unknown, type?: string) => {
        const { status, text } = await world.admin.ask(method, path, body, type);
        return { status, text };
    };

    it("needs an event, a value, a name and sound images (transcript: POST /api/secrets)", async () => {
        const refused = async (body: object, path = "/api/secrets") => {
            const { status, text } = await asked("POST", path, { name: "a", value: "b", events: ["push"], ...body });
            expect(status).to.equal(422);
            return text;
        };
        const global = "Error inserting global secret. ";
        expect(await refused({ events: [] })).to.equal(`${global}invalid secret event: no event specified`);
        expect(await refused({ events: [] }, `${repo}/secrets`)).to.equal(
            "Error inserting secret. invalid secret event: no event specified",
        );
        expect(await refused({ events: ["nonsense"] })).to.equal(
            `${global}invalid webhook event: nonsense\ninvalid secret event`,
        );
        expect(await refused({ value: "" })).to.equal(`${global}invalid secret value: empty value`);
        expect(await refused({ name: "" })).to.equal(`${global}invalid secret name: empty name`);
        expect(await refused({ images: ["a b("] })).to.match(
            /^.*invalid secret image: image 'a b\(' do not match regexp '/,
        );
        const broken = await asked("POST", "/api/secrets", "{bad");
        expect(broken.status).to.equal(400);
        expect(broken.text).to.match(/^Error parsing global secret\. /);
    });

    it("ignores a form (transcript: POST /api/secrets (form ct))", async () => {
        const body = '{"name":"a","value":"b","events":["push"]}';
        expect(await asked("POST", "/api/secrets", body, "application/x-www-form-urlencoded")).to.deep.equal({
            status: 422,
            text: "Error inserting global secret. invalid secret event: no event specified",
        });
    });

    it("answers 500 to a name that exists (transcript: POST (dup))", async () => {
        const secret = { name: "twice", value: "v", events: ["push"] };
        const created = await world.admin.json("POST", "/api/secrets", { ...secret, note: "n1" });
        expect(created).to.deep.include({
            org_id: 0,
            repo_id: 0,
            name: "twice",
            images: null,
            events: ["push"],
            note: "n1",
        });
        expect(created).not.to.have.property("value");
        expect(await asked("POST", "/api/secrets", secret)).to.deep.equal({
            status: 500,
            text: 'Error inserting global secret "twice". on insert duplicate based on constraints was detected',
        });
        await world.admin.json("POST", `${repo}/secrets`, secret);
        expect(await asked("POST", `${repo}/secrets`, secret)).to.deep.equal({
            status: 500,
            text: 'Error inserting secret "twice". on insert duplicate based on constraints was detected',
        });
    });

    it("merges a change, sorts events, ignores an empty value and a new name (transcript: PATCH /api/secrets/g1)", async () => {
        const { admin } = world;
        await admin.json("POST", "/api/secrets", {
            name: "g1",
            value: "v",
            events: ["push", "manual"],
            images: [],
            note: "n1",
        });
        const patch = (body: object) => admin.json("PATCH", "/api/secrets/g1", body);
        expect(await patch({ note: "n2" })).to.deep.include({ images: [], events: ["manual", "push"], note: "n2" });
        expect(await patch({ value: "" })).to.deep.include({ note: "n2" });
        expect(await patch({ images: ["bash"] })).to.deep.include({ images: ["bash"] });
        expect(await patch({ images: [] })).to.deep.include({ images: [] });
        expect(await patch({ note: "" })).to.deep.include({ note: "" });
        expect(await patch({ name: "other" })).to.include({ name: "g1" });
        const form = await asked("PATCH", "/api/secrets/g1", '{"note":"x"}', "application/x-www-form-urlencoded");
        expect(form.status).to.equal(200);
        expect(await admin.json("GET", "/api/secrets/g1")).to.include({ note: "" });
    });

    it("refuses a bad change with 400 for all, with 422 for one repository (transcript: events [])", async () => {
        expect(await asked("PATCH", "/api/secrets/g1", { events: [] })).to.deep.equal({
            status: 400,
            text: "Error updating global secret. invalid secret event: no event specified",
        });
        expect(await asked("PATCH", "/api/secrets/g1", { events: ["deploy"] })).to.deep.equal({
            status: 400,
            text: "Error updating global secret. invalid webhook event: deploy\ninvalid secret event",
        });
        expect(await asked("PATCH", `${repo}/secrets/twice`, { events: [] })).to.deep.equal({
            status: 422,
            text: "Error updating secret. invalid secret event: no event specified",
        });
    });

    it("answers 404 for a name that is not there (transcript: PATCH, DELETE nope)", async () => {
        for (const path of ["/api/secrets/nope", `${repo}/secrets/nope`]) {
            expect(await asked("PATCH", path, { note: "" })).to.deep.equal({ status: 404, text: "" });
            expect(await asked("DELETE", path)).to.deep.equal({ status: 404, text: "" });
            expect(await asked("GET", path)).to.deep.equal({ status: 404, text: "" });
        }
        expect((await asked("DELETE", "/api/secrets/g1")).status).to.equal(204);
        expect((await asked("GET", "/api/secrets/g1")).status).to.equal(404);
    });

    it("lets every user read global secrets and administrators write them (transcript: non-admin, anon)", async () => {
        expect((await world.bot.ask("GET", "/api/secrets")).status).to.equal(200);
        const refused = async (client: World["bot"], method: string) => {
            const { status, text } = await client.ask(method, "/api/secrets", method === "GET" ? undefined : {});
            return [status, text];
        };
        expect(await refused(world.bot, "POST")).to.deep.equal([403, "User not authorized"]);
        expect(await refused(world.guest, "GET")).to.deep.equal([401, "User not authorized"]);
    });

    it("never lists more than 50 (transcript: pagination)", async () => {
        for (let number = 0; number < 55; number++) {
            const name = `many${String(number).padStart(2, "0")}`;
            await world.admin.json("POST", "/api/secrets", { name, value: "v", events: ["push"] });
        }
        const count = async (query: string) =>
            (await world.admin.json<unknown[]>("GET", `/api/secrets${query}`)).length;
        expect(await count("")).to.equal(50);
        expect(await count("?perPage=100")).to.equal(50);
        expect(await count("?per_page=5")).to.equal(50);
        expect(await count("?perPage=5")).to.equal(5);
        expect(await count("?page=2")).to.equal(6);
        expect(await count("?perPage=100&page=2")).to.equal(6);
        expect(await count("?page=3")).to.equal(0);
        const names = (await world.admin.json<{ name: string }[]>("GET", "/api/secrets")).map(({ name }) => name);
        expect(names).to.deep.equal([...names].sort());
    });

    it("keeps secrets of an organisation (transcript: org secrets)", async () => {
        const org = await world.admin.json<{ id: number }>("GET", "/api/orgs/lookup/acme");
        expect(org).to.include({ forge_id: 1, name: "acme", is_user: false });
        const path = `/api/orgs/${org.id}/secrets`;
        const created = await world.admin.json("POST", path, { name: "o1", value: "v", events: ["push"] });
        expect(created).to.deep.include({ org_id: org.id, repo_id: 0, name: "o1" });
        expect(await world.admin.json("GET", path)).to.deep.equal([created]);
        expect((await world.bot.ask("GET", path)).status, "no member: GitHub's 404 becomes a 500").to.equal(500);
        expect((await world.admin.ask("DELETE", `${path}/o1`)).status).to.equal(204);
    });

    it("keeps registry credentials, and echoes the input on repository level (woodpecker.md 1.5)", async () => {
        const { admin } = world;
        const path = `${repo}/registries`;
        const input = { address: "registry.example.com", username: "u", password: "p" };
        expect(await admin.json("POST", path, input)).to.deep.equal({
            id: 0,
            org_id: 0,
            repo_id: 0,
            address: "registry.example.com",
            username: "u",
            password: "",
            readonly: false,
        });
        expect((await admin.ask("POST", path, input)).status).to.equal(500);
        expect(await asked("POST", path, { ...input, address: "" })).to.deep.equal({
            status: 400,
            text: "Error inserting registry. invalid registry address",
        });
        // Read as a URL (server/model/registry.go): before a port stands what can be a scheme.
        expect(await asked("POST", path, { ...input, address: "127.0.0.1:5000" })).to.deep.equal({
            status: 400,
            text: 'Error inserting registry. parse "127.0.0.1:5000": first path segment in URL cannot contain colon',
        });
        const withPort = "registry.example.com:5050";
        expect((await admin.ask("POST", path, { ...input, address: withPort })).status).to.equal(200);
        expect((await admin.ask("DELETE", `${path}/${withPort}`)).status).to.equal(204);
        const [row] = await admin.json<Record<string, unknown>[]>("GET", path);
        expect(row).to.include({ repo_id: 1, username: "u", password: "" });
        await admin.json("PATCH", `${path}/registry.example.com`, { username: "u2" });
        expect(await admin.json("GET", `${path}/registry.example.com`)).to.include({ username: "u2" });
        expect((await admin.ask("DELETE", `${path}/registry.example.com`)).status).to.equal(204);
        expect((await admin.ask("DELETE", `${path}/registry.example.com`)).status).to.equal(404);
        const global = await admin.json("POST", "/api/registries", input);
        expect(global).to.include({ org_id: 0, repo_id: 0, address: "registry.example.com" });
        expect(global.id).to.be.greaterThan(0);
        expect((await world.bot.ask("POST", "/api/registries", input)).status).to.equal(403);
    });
});
