import type { components } from "@octokit/openapi-types";
import { expect } from "chai";
import { openTarget, type Target } from "./target.js";

type Schemas = components["schemas"];
type Repository = Schemas["full-repository"];

describe("GitHub contract: accounts and repositories", function () {
    this.timeout(30_000);
    let target: Target;

    before(async () => {
        target = await openTarget();
    });
    after(() => target?.close());

    it("refuses a token that nobody knows with 401", async () => {
        const reply = await target.call("GET", "/user", undefined, "ghp_unknown");
        expect([reply.status, reply.json.message]).to.deep.equal([401, "Bad credentials"]);
        expect((await target.call("GET", ":repo", undefined, "ghp_unknown")).status).to.equal(401);
        expect((await target.call("GET", "/user", undefined, "")).status).to.equal(401);
    });

    it("shows the owner as an organisation, under /orgs and under /users", async () => {
        const organisation = await target.call<Schemas["organization-full"]>("GET", `/orgs/${target.owner}`);
        const user = await target.call<Schemas["public-user"]>("GET", `/users/${target.owner}`);
        expect(organisation.json).to.include({ login: target.owner });
        expect(user.json).to.include({ login: target.owner, id: organisation.json.id, type: "Organization" });
        expect((await target.call("GET", "/users/nobody-of-this-name-0")).status).to.equal(404);
    });

    it("shows a repository by name and by id, with the caller's permissions", async () => {
        const byName = await target.call<Repository>("GET", ":repo");
        const byId = await target.call<Repository>("GET", `/repositories/${byName.json.id}`);
        expect(byName.json).to.include({ full_name: `${target.owner}/${target.repository}`, default_branch: "main" });
        expect(byName.json.permissions).to.include({ admin: true, push: true, pull: true });
        expect(byId.json.full_name).to.equal(byName.json.full_name);
        expect(byName.json.owner.type).to.equal("Organization");
        expect((await target.call("GET", `/repos/${target.owner}/none`)).status).to.equal(404);
    });

    it("lists the organisation's repositories among the caller's own", async () => {
        for (const path of ["/user/repos?per_page=100", `/orgs/${target.owner}/repos?per_page=100`]) {
            const { json } = await target.call<Repository[]>("GET", path);
            expect(
                json.map((each) => each.name),
                path,
            ).to.include(target.repository);
        }
    });

    it("pages lists with a Link header", async () => {
        const { headers, json } = await target.call<Repository[]>("GET", `/orgs/${target.owner}/repos?per_page=1`);
        expect(json).to.have.lengthOf(1);
        expect(headers.get("link")).to.match(/page=2[^>]*>; rel="next"/);
    });

    it("says what it is asked about membership", async () => {
        const user = await target.call<Schemas["private-user"]>("GET", "/user");
        const path = `/orgs/${target.owner}/memberships/${user.json.login}`;
        const membership = await target.call<Schemas["org-membership"]>("GET", path);
        expect(membership.json).to.include({ state: "active", role: "admin" });
    });
});
